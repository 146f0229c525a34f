import { guard } from "../shared/handed";

type Child = Node | string | false | null | undefined;

/** Attributes, and listeners by their `on…` names; these are guarded. */
export type Attributes = Record<string, string | number | boolean | undefined | null | ((event: never) => void)>;

/** Creates an element. Strings become text nodes; `false`, `null` and `undefined` are left out. */
export const h = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes,
  ...children: Child[]
): HTMLElementTagNameMap[K] => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (typeof value === "function") element.addEventListener(name.slice(2), guard(value as EventListener));
    else if ((value ?? false) !== false) element.setAttribute(name, value === true ? "" : `${value}`);
  element.append(...children.filter((child): child is Node | string => !!child));
  return element;
};
