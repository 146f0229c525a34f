import { h } from "../dom";
import { described, type Draw } from "./field";
import { options, type Option } from "./options";
import { ordered } from "./order";
import { select } from "./select";

/** Key of the choice that asks for a few words. */
const OTHER = "other";

/** One or several of a list, in words, pictures or a menu; "other", always last, asks for a few words. */
export const choices: Draw = ({ question, answer, seed, say }) => {
  const { type, other, required, max = 1 } = question;
  const menu = type === "dropdown";
  const pictures = type === "image_choice";
  const many = pictures ? max > 1 : type === "multi_choice";
  const items: Option[] = ordered(question, question.choices, seed).map((choice) => ({ value: choice.key, ...choice }));
  if (menu) items.unshift({ value: "", label: say("choose") });
  if (other) items.push({ value: OTHER, label: say(OTHER) });

  const reveal = () => (more.hidden = !(other && values().includes(OTHER)));
  const { element, values } = (menu ? select : options)(
    items,
    answer.choices || [answer.choice],
    { class: pictures ? "list pictures" : "list", onchange: reveal, ...described(required && !many) },
    many,
  );
  const more = h("input", { class: "text", "aria-label": say(OTHER), maxlength: 200, value: answer.other });
  reveal();
  return {
    parts: [element, more],
    read() {
      const keys = values();
      const words = !more.hidden && more.value.trim();
      return keys.length ? { ...(many ? { choices: keys } : { choice: keys[0] }), ...(words && { other: words }) } : {};
    },
    tapped() {
      // Only a tap moves the focus: the arrow keys may be on their way past.
      if (!many && !more.hidden) more.focus();
      return !many && !menu && more.hidden;
    },
  };
};
