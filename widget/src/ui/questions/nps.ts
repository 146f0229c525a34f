import { h } from "../dom";
import type { Draw } from "./field";
import { radios } from "./radios";

/** 0 to 10, its ends in words. */
export const nps: Draw = (asked) => {
  const { question, answer, words } = asked;
  const low = question.low || words.least;
  const high = question.high || words.most;
  const options = Array.from({ length: 11 }, (_, n) => ({
    value: String(n),
    label: String(n),
    spoken: n === 0 ? `0, ${low}` : n === 10 ? `10, ${high}` : undefined,
  }));
  const group = radios(asked, "scale", options, answer?.number?.toString());
  return {
    // The ends are part of the radios' names already.
    element: h("div", {}, group.element, h("div", { class: "ends", "aria-hidden": "true" }, h("span", {}, low), h("span", {}, high))),
    read() {
      const value = group.value();
      return value ? { number: +value } : {};
    },
  };
};
