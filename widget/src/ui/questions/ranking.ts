import { h } from "../dom";
import { DOWN, icon, UP } from "../icon";
import { described, type Draw } from "./field";
import { ordered } from "./order";

/** Puts choices into an order, each with buttons that move it up and down. */
export const ranking: Draw = ({ question, answer, seed, say, announce, changed }) => {
  let given = answer.ranking;
  const list = h("ol", { class: "list", ...described() });

  const row = (key: string, label: string) => {
    const button = (by: number, word: "up" | "down", path: string) => {
      const onclick = () => {
        const to = order.indexOf(item) + by;
        order.splice(to, 0, ...order.splice(to - by, 1));
        draw();
        given = keys();
        announce(`${label}: ${say("progress", to + 1, order.length)}`);
        // Moving an element takes the focus from it, and at the end of its way the button is gone.
        buttons[order[to + by] ? +(by > 0) : +(by < 0)]!.focus();
        changed();
      };
      return h("button", { type: "button", "aria-label": `${say(word)}: ${label}`, onclick }, icon(path));
    };
    const buttons = [button(-1, "up", UP), button(1, "down", DOWN)];
    const item = { key, element: h("li", {}, h("span", {}, label), ...buttons) };
    return item;
  };

  const rank = ({ key }: { key: string }) => (given ? given.indexOf(key) : 0);
  const order = ordered(question, question.choices, seed).map(({ key, label }) => row(key, label));
  order.sort((a, b) => rank(a) - rank(b));
  const keys = () => order.map(({ key }) => key);
  const draw = () => list.append(...order.map(({ element }) => element));
  draw();

  return {
    parts: [list],
    read(sure) {
      // Whoever must answer and goes on with the order as it is means it.
      if (sure && question.required) given = keys();
      return given ? { ranking: given } : {};
    },
  };
};
