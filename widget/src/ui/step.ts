import { guard } from "../shared/guard";
import type { Answer, Question } from "../shared/types";
import { h } from "./dom";
import { questions } from "./questions/index";
import { statement } from "./questions/statement";
import type { Strings } from "./strings";

/** A question on screen. */
export interface Step {
  element: HTMLElement;
  read(): Answer;
}

interface Ports {
  answer: Answer | undefined;
  words: Strings;
  fill(text: string): string;
  /** "2 of 5", where it helps. */
  progress?: string;
  last: boolean;
  back?(): void;
  /** The answer changed and may be reported. */
  changed(): void;
  /** The shopper goes on, and may. */
  next(): void;
}

/** Long enough to see which choice was taken. */
const SEEN = 220;

/** Draws one question as a form: Enter goes on, a missing answer is said where it is missing. */
export const drawStep = (question: Question, ports: Ports): Step => {
  const { words, fill } = ports;
  const error = h("p", { class: "error", id: "error", role: "alert" });
  const draw = questions[question.type] || statement;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const submit = guard(() => {
    clearTimeout(timer);
    const missing = !!question.required && draw !== statement && !Object.keys(field.read()).length;
    const target = field.element.matches("[aria-labelledby]") ? field.element : field.element.querySelector("[aria-labelledby]");
    target?.setAttribute("aria-invalid", String(missing));
    error.textContent = missing ? words.required : "";
    if (!missing) return ports.next();
    (target?.matches("fieldset") ? target.querySelector("input") : (target as HTMLElement | null))?.focus();
  });

  const field = draw({
    question: { ...question, placeholder: question.placeholder && fill(question.placeholder) },
    answer: ports.answer,
    words,
    changed(done) {
      error.textContent = "";
      ports.changed();
      clearTimeout(timer);
      if (done) timer = setTimeout(() => form.isConnected && submit(), SEEN);
    },
  });

  field.element.classList.add("field");

  const back = ports.back && h("button", { type: "button", class: "back" }, words.back);
  back?.addEventListener("click", () => ports.back!());
  const form = h(
    "form",
    { novalidate: true, class: question.type },
    ports.progress && h("p", { class: "progress" }, ports.progress),
    h("h2", { id: "prompt", tabindex: "-1" }, fill(question.prompt)),
    question.help && h("p", { class: "help", id: "help" }, fill(question.help)),
    field.element,
    error,
    h("div", { class: "foot" }, back, h("button", { class: "go" }, ports.last ? words.send : words.next)),
  );
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    submit();
  });
  return { element: form, read: field.read };
};
