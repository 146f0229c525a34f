import { h } from "../dom";
import { described, type Draw } from "./field";
import { options } from "./options";
import { ordered } from "./order";

/** The same choices for each row. */
export const matrix: Draw = ({ question, answer, seed }) => {
  const { choices = [], rows } = question;
  const items = choices.map(({ key, label }) => ({ value: key, label }));
  const groups = ordered(question, rows, seed).map(({ key, label }) => {
    const look = { class: "scale numbers", "aria-label": label };
    const group = options(items, [answer.matrix?.[key]], look, false, key);
    group.element.prepend(h("span", { "aria-hidden": "true" }, label));
    return { key, ...group };
  });
  return {
    parts: [h("div", { role: "group", ...described() }, ...groups.map((group) => group.element))],
    read() {
      const matrix: Record<string, string> = {};
      for (const { key, values } of groups) for (const value of values()) matrix[key] = value;
      return Object.keys(matrix).length ? { matrix } : {};
    },
  };
};
