import css from "./styles.css";

/** An element of ours on the page, behind its own shadow root. */
export const shell = (...children: Node[]): HTMLElement => {
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  // A constructed sheet is not subject to the page's style-src.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  root.append(...children);
  // Typing here must not reach the shop's shortcuts.
  for (const type of ["keydown", "keyup", "keypress"]) host.addEventListener(type, (e) => e.stopPropagation());
  document.body.append(host);
  return host;
};
