import type { Survey } from "../../src/shared/types";

/** What the server sends along with every survey. */
export const words: Required<Survey>["words"] = {
  close: "Close",
  back: "Back",
  next: "Next",
  send: "Send",
  other: "Other",
  thanks: "Thank you",
  required: "Please answer this question",
  at_least: "Please choose at least {n}",
  at_most: "Please choose at most {n}",
  too_short: "Please write at least {n} characters",
  email: "Please enter an e-mail address",
  choose: "Please choose",
  copy: "Copy",
  copied: "Copied",
  up: "Move up",
  down: "Move down",
  progress: "{n} of {of}",
};

export const arabic: Required<Survey>["words"] = {
  ...words,
  close: "إغلاق",
  back: "رجوع",
  next: "التالي",
  send: "إرسال",
  other: "أخرى",
  required: "يرجى الإجابة عن هذا السؤال",
  up: "إلى الأعلى",
  down: "إلى الأسفل",
  progress: "{n} من {of}",
};
