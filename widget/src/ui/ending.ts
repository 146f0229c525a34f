import type { Ending } from "../shared/types";
import { h } from "./dom";

/** Only web addresses and paths: a piped text must not become a script. */
export const safeUrl = (url: string, base = location.href): string | undefined => {
  try {
    const full = new URL(url, base);
    return url && /^https?:$/.test(full.protocol) ? full.href : undefined;
  } catch {
    return undefined;
  }
};

/** The last screen; without an ending of the survey's own, a thank-you. */
export const drawEnding = (ending: Ending | undefined, thanks: string, fill: (text: string) => string): HTMLElement => {
  const { title = thanks, text, button } = ending || {};
  const href = button && safeUrl(fill(button.url));
  return h(
    "div",
    { class: "ending" },
    h("div", { class: "mark", "aria-hidden": "true" }),
    h("h2", { id: "prompt", tabindex: "-1" }, fill(title)),
    text && h("p", { class: "help" }, fill(text)),
    href && h("a", { class: "go", href }, fill(button.label)),
  );
};
