import { h } from "../dom";
import { described, type Draw } from "./field";

/** A line or a paragraph in the shopper's own words. */
export const text: Draw = ({ question, answer, changed }) => {
  const { type, placeholder, max } = question;
  const long = type === "long_text";
  const field = h(long ? "textarea" : "input", {
    class: "text",
    rows: long && 4,
    placeholder,
    maxlength: max || (long ? 2000 : 200),
    ...described(question),
  });
  field.value = answer?.text || "";
  field.addEventListener("change", () => changed(false));
  return {
    element: field,
    read() {
      const value = field.value.trim();
      return value ? { text: value } : {};
    },
  };
};
