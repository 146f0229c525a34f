import { h, type Attributes } from "../dom";

export interface Option {
  value: string;
  label: string | Node;
  /** What a screen reader says instead of the label. */
  spoken?: string;
  image?: string;
}

/** Controls, and which of their options are taken. */
export interface Group {
  element: HTMLElement;
  values(): string[];
}

/** A group of native radios or, where several may be taken, boxes; `name` tells it from others in the same form. */
export const options = (items: Option[], chosen: unknown[], attributes: Attributes, many = false, name = "answer"): Group => {
  const inputs = items.map(({ value, spoken }) =>
    h("input", { type: many ? "checkbox" : "radio", name, value, "aria-label": spoken, checked: chosen.includes(value) }),
  );
  const element = h(
    "fieldset",
    { role: !many && "radiogroup", ...attributes },
    ...items.map(({ label, image }, i) =>
      h("label", {}, image && h("img", { src: image, alt: "" }), inputs[i], h("span", {}, label)),
    ),
  );
  return { element, values: () => inputs.filter((input) => input.checked).map((input) => input.value) };
};
