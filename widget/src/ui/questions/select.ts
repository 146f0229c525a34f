import { h, type Attributes } from "../dom";
import type { Group, Option } from "./options";

/** One of a long list, by the device's own means. */
export const select = (items: Option[], [chosen]: unknown[], attributes: Attributes): Group => {
  const element = h(
    "select",
    { ...attributes, class: "text" },
    ...items.map(({ value, label }) => h("option", { value, selected: value === chosen }, label)),
  );
  return { element, values: () => (element.value ? [element.value] : []) };
};
