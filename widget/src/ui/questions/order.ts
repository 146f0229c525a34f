import type { Choice, Question } from "../../shared/types";

/** FNV-1a. */
const hash = (text: string): number =>
  [...text].reduce((sum, letter) => Math.imul(sum ^ letter.codePointAt(0)!, 0x01000193), 0x811c9dc5) >>> 0;

/**
 * The order in which a shopper sees choices. Drawn by lot from the offer's token: what was seen once stays so, on the way
 * back and on the next page. Pinned ones stay at the end.
 */
export const ordered = ({ key, shuffle }: Question, choices: Choice[] = [], seed: string): Choice[] => {
  // The seed comes last: what differs is stirred by all that is the same.
  const lot = (choice: Choice) => (choice.pinned ? 2 ** 32 : hash(choice.key + key + seed));
  return shuffle ? [...choices].sort((a, b) => lot(a) - lot(b)) : choices;
};
