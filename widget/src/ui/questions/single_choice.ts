import type { Answer, Choice, Question } from "../../shared/types";
import { h } from "../dom";
import type { Draw } from "./field";
import { radios } from "./radios";
import { shuffle } from "./shuffle";

const OTHER = "other";
const MOST = 200;

/** The order a shopper has seen stays when they come back to the question. */
const orders = new WeakMap<Question, Choice[]>();

const ordered = (question: Question): Choice[] => {
  const { choices = [], shuffle: mixed } = question;
  const order = orders.get(question) || (mixed ? shuffle(choices) : choices);
  orders.set(question, order);
  return order;
};

/** One of several choices; "other", always last, asks for a few words. */
export const singleChoice: Draw = (asked) => {
  const { question, answer, words, changed } = asked;
  const options = ordered(question).map(({ key, label }) => ({ value: key, label }));
  if (question.other && !options.some((o) => o.value === OTHER)) options.push({ value: OTHER, label: words.other });

  const group = radios(asked, "list", options, answer?.choice, question.other ? OTHER : undefined);
  if (!question.other) return { element: group.element, read: () => choice(group.value()) };

  const more = h("input", { class: "text", "aria-label": words.other, maxlength: MOST });
  more.value = answer?.other || "";
  const reveal = () => (more.hidden = group.value() !== OTHER);
  reveal();
  more.addEventListener("change", () => changed(false));
  group.element.addEventListener("change", (e) => {
    reveal();
    // Only a tap moves the focus: the arrow keys may be on their way past.
    if (e.target !== more && !more.hidden && group.tapped()) more.focus();
  });
  group.element.append(more);
  return {
    element: group.element,
    read() {
      const value = group.value();
      const other = more.value.trim();
      return value === OTHER && other ? { choice: value, other } : choice(value);
    },
  };
};

const choice = (value: string | undefined): Answer => (value ? { choice: value } : {});
