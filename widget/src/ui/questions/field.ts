import type { Answer, Question } from "../../shared/types";
import type { Strings } from "../strings";

/** The controls of one question. */
export interface Field {
  element: HTMLElement;
  /** The answer as it stands; empty when there is none. */
  read(): Answer;
}

export interface Asked {
  question: Question;
  answer: Answer | undefined;
  words: Strings;
  /** The answer changed; `done` when the shopper clearly means to go on. */
  changed(done: boolean): void;
}

export type Draw = (asked: Asked) => Field;

/** Attributes that tie a group or field to its prompt, help and error. */
export const described = ({ required }: Question) => ({
  "aria-labelledby": "prompt",
  "aria-describedby": "help error",
  "aria-required": required && "true",
});
