import type { Survey, Word } from "../shared/types";

/** Looks a word up in the survey's language; a missing one is an empty label. */
export type Say = (word: Word, n?: number, of?: number) => string;

export const sayer =
  ({ words = {} }: Pick<Survey, "words">): Say =>
  (word, n, of) =>
    (words[word] || "").replace(/{(n|of)}/g, (_, mark) => String(mark === "n" ? n : of));
