import { h } from "../dom";
import { described, type Asked } from "./field";

export interface Option {
  value: string;
  label: string;
  /** What a screen reader says instead of the label. */
  spoken?: string;
}

interface Radios {
  element: HTMLElement;
  value(): string | undefined;
  /** Was the last choice made by a finger or a mouse? */
  tapped(): boolean;
}

/**
 * A group of native radios. A tap means "this one, go on"; the arrow keys select while they move, so by keyboard
 * only Enter (the form's own) goes on.
 */
export const radios = (asked: Asked, look: string, options: Option[], chosen: string | undefined, stay?: string): Radios => {
  let tapped = false;
  const inputs = options.map(({ value, spoken }) => {
    const input = h("input", { type: "radio", name: "answer", value, "aria-label": spoken });
    input.checked = value === chosen;
    return input;
  });
  const element = h(
    "fieldset",
    { class: look, role: "radiogroup", ...described(asked.question) },
    ...inputs.map((input, i) => h("label", {}, input, h("span", {}, options[i]!.label))),
  );
  element.addEventListener("pointerup", () => (tapped = true));
  element.addEventListener("keydown", () => (tapped = false));
  element.addEventListener("change", (e) => {
    const { name, value } = e.target as HTMLInputElement;
    if (name === "answer") asked.changed(tapped && value !== stay);
  });
  return { element, tapped: () => tapped, value: () => inputs.find((input) => input.checked)?.value };
};
