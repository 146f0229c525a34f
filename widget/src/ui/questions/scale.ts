import { h } from "../dom";
import { face, icon, STAR } from "../icon";
import { described, type Draw } from "./field";
import { options } from "./options";

/** A number on a scale, as numbers, stars or faces, its ends in words. */
export const scale: Draw = ({ question, answer, say }) => {
  const { type, max = 5, low = "", high = "", required } = question;
  const style = question.style || (type === "rating" ? "stars" : "numbers");
  const [first, last] = type === "nps" ? [0, 10] : [1, max];
  const span = last - first;
  const items = [...Array(span + 1).keys()].map((i) => {
    const n = String(first + i);
    const drawn = style === "stars" ? icon(STAR) : style === "faces" && icon(face((2 * i) / span - 1));
    const name = (drawn && say("progress", first + i, last)) || n;
    const end = i ? i === span && high : low;
    return { value: n, label: drawn || n, spoken: end ? `${name}, ${end}` : name };
  });
  const { element, values } = options(items, [String(answer.number)], { class: `scale ${style}`, ...described(required) });
  return {
    // The ends are part of the radios' names already.
    parts: [element, h("div", { class: "ends", "aria-hidden": "true" }, h("span", {}, low), h("span", {}, high))],
    read() {
      const [value] = values();
      return value ? { number: +value } : {};
    },
    tapped: () => true,
  };
};
