import type { Ending } from "../shared/types";
import { drawCoupon } from "./coupon";
import { h } from "./dom";
import { CHECK, icon } from "./icon";
import type { Say } from "./words";

/** Only web addresses and paths: a piped text must not become a script. */
export const safeUrl = (url: string, base = location.href): string | undefined => {
  try {
    const full = new URL(url, base);
    return url && /^https?:$/.test(full.protocol) ? full.href : undefined;
  } catch {
    return undefined;
  }
};

interface Ports {
  say: Say;
  fill(text: string): string;
  announce(text: string): void;
  /** The code under way, if the ending has one. */
  code?: Promise<string | undefined>;
}

/** The last screen; without an ending of the survey's own, a thank-you. */
export const drawEnding = (ending: Ending | undefined, { say, fill, announce, code }: Ports): HTMLElement => {
  const { title = say("thanks"), text, button } = ending || {};
  const href = button && safeUrl(fill(button.url));
  return h(
    "div",
    { class: "ending" },
    icon(CHECK),
    h("h2", { id: "prompt", tabindex: "-1" }, fill(title)),
    text && h("p", { class: "help" }, fill(text)),
    code && drawCoupon(code, say, announce),
    href && h("a", { class: "go", href }, fill(button.label)),
  );
};
