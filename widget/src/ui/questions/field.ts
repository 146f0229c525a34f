import type { Answer, Question } from "../../shared/types";
import type { Say } from "../words";

/** The controls of one question. */
export interface Field {
  parts: Node[];
  /** The answer as it stands, empty when there is none; `sure` when the shopper goes on with it. */
  read(sure?: boolean): Answer;
  /** A finger or the mouse changed it: is that all there is to say? */
  tapped?(): boolean;
}

export interface Asked {
  question: Question;
  answer: Answer;
  say: Say;
  /** Decides the order of shuffled choices. */
  seed: string;
  /** Says something without moving the focus. */
  announce(text: string): void;
  /** The answer changed by other means than a control's own. */
  changed(): void;
}

export type Draw = (asked: Asked) => Field;

/** Attributes that tie a group or field to its prompt, help and error. */
export const described = (required?: boolean) => ({
  "aria-labelledby": "prompt",
  "aria-describedby": "help error",
  "aria-required": required && "true",
});
