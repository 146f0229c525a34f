import { h } from "../dom";
import { described, type Draw } from "./field";

/** A line, a paragraph or an e-mail address, that one with leave to write to it. */
export const text: Draw = ({ question, answer }) => {
  const { type, placeholder, max, required, consent } = question;
  const long = type === "long_text";
  const email = type === "email" && type;
  const field = h(long ? "textarea" : "input", {
    class: "text",
    type: email,
    autocomplete: email,
    rows: long && 4,
    placeholder,
    maxlength: email ? 254 : max || (long ? 2000 : 200),
    ...described(required),
  });
  field.value = answer.text || answer.email || "";
  const box = h("input", { type: "checkbox", checked: answer.consent });
  return {
    parts: consent ? [field, h("label", {}, box, h("span", {}, consent))] : [field],
    read() {
      const value = field.value.trim();
      return !value ? {} : !email ? { text: value } : consent ? { email: value, consent: box.checked } : { email: value };
    },
  };
};
