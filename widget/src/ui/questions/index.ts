import { choices } from "./choices";
import type { Draw } from "./field";
import { matrix } from "./matrix";
import { ranking } from "./ranking";
import { scale } from "./scale";
import { text } from "./text";

/** How each question type is drawn. A type that is not here, a statement first of all, is only read. */
export const questions: Record<string, Draw | undefined> = {
  single_choice: choices,
  multi_choice: choices,
  image_choice: choices,
  dropdown: choices,
  nps: scale,
  csat: scale,
  ces: scale,
  rating: scale,
  short_text: text,
  long_text: text,
  email: text,
  ranking,
  matrix,
};
