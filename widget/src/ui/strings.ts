/** Close, back, next, send, other, thanks, required, least likely, most likely, progress (1 of 2). */
const TABLE = `en|Close|Back|Next|Send|Other|Thank you|Please answer this question|Not at all likely|Extremely likely|1 of 2
de|Schließen|Zurück|Weiter|Senden|Anderes|Vielen Dank|Bitte beantworten Sie diese Frage|Sehr unwahrscheinlich|Sehr wahrscheinlich|1 von 2
fr|Fermer|Retour|Suivant|Envoyer|Autre|Merci|Veuillez répondre à cette question|Pas du tout probable|Très probable|1 sur 2
es|Cerrar|Atrás|Siguiente|Enviar|Otro|Gracias|Responda a esta pregunta|Nada probable|Muy probable|1 de 2
it|Chiudi|Indietro|Avanti|Invia|Altro|Grazie|Rispondi a questa domanda|Per niente probabile|Molto probabile|1 di 2
pt|Fechar|Voltar|Seguinte|Enviar|Outro|Obrigado|Responda a esta pergunta|Nada provável|Muito provável|1 de 2
nl|Sluiten|Terug|Volgende|Versturen|Anders|Bedankt|Beantwoord deze vraag|Zeer onwaarschijnlijk|Zeer waarschijnlijk|1 van 2
sv|Stäng|Tillbaka|Nästa|Skicka|Annat|Tack|Svara på frågan|Inte alls troligt|Mycket troligt|1 av 2
pl|Zamknij|Wstecz|Dalej|Wyślij|Inne|Dziękujemy|Odpowiedz na to pytanie|Mało prawdopodobne|Bardzo prawdopodobne|1 z 2
ja|閉じる|戻る|次へ|送信|その他|ありがとうございました|この質問にお答えください|まったく思わない|非常にそう思う|1 / 2
ar|إغلاق|رجوع|التالي|إرسال|أخرى|شكرًا لك|يرجى الإجابة عن هذا السؤال|غير محتمل إطلاقًا|محتمل جدًا|1 من 2
he|סגירה|חזרה|הבא|שליחה|אחר|תודה|נא לענות על השאלה|כלל לא סביר|סביר מאוד|1 מתוך 2`;

export interface Strings {
  close: string;
  back: string;
  next: string;
  send: string;
  other: string;
  thanks: string;
  required: string;
  least: string;
  most: string;
  progress(n: number, of: number): string;
}

const rows = TABLE.split("\n").map((row) => row.split("|"));

/** The words of the nearest language, English at last. */
export const strings = (locale: string): Strings => {
  const language = locale.slice(0, 2).toLowerCase();
  const row = rows.find((r) => r[0] === language) || rows[0]!;
  const [, close, back, next, send, other, thanks, required, least, most, progress] = row as [string, ...string[]];
  return {
    close: close!,
    back: back!,
    next: next!,
    send: send!,
    other: other!,
    thanks: thanks!,
    required: required!,
    least: least!,
    most: most!,
    progress: (n, of) => progress!.replace(/[12]/g, (d) => String(d === "1" ? n : of)),
  };
};

/** Reading direction where the survey does not say. */
export const direction = (locale: string): "ltr" | "rtl" => (/^(ar|he|fa|ur)\b/i.test(locale) ? "rtl" : "ltr");
