import type { Draw } from "./field";
import { nps } from "./nps";
import { singleChoice } from "./single_choice";
import { statement } from "./statement";
import { text } from "./text";

/** How each question type is drawn. A type this page does not know is read like a statement. */
export const questions: Record<string, Draw | undefined> = {
  single_choice: singleChoice,
  nps,
  short_text: text,
  long_text: text,
  statement,
};
