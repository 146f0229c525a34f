type Child = Node | string | false | null | undefined;

/** Creates an element. Strings become text nodes, `false` and `undefined` attributes are left out. */
export const h = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number | boolean | undefined | null>,
  ...children: Child[]
): HTMLElementTagNameMap[K] => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value || value === 0 || value === "") element.setAttribute(name, value === true ? "" : String(value));
  element.append(...children.filter((c): c is Node | string => !!c || c === ""));
  return element;
};
