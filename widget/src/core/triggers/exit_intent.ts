import { distracted } from "./distraction";
import { idle } from "./exit/idle";
import { pointer } from "./exit/pointer";
import { away } from "./exit/return";
import { scrollUp } from "./exit/scroll_up";
import type { Arm } from "./index";

const signs: Record<string, Arm> = { pointer, scroll_up: scrollUp, return: away, idle };

/** The shopper is about to leave: a mouse says so in one way, a phone in three, and a forgotten cart is a sign on both. */
export const exitIntent: Arm = (trigger, fire, page, key) => {
  const { min_seconds, desktop, mobile } = trigger;
  const leaving = () =>
    fire(performance.now() - page.started < min_seconds! * 1000 || !page.touched || distracted());
  const names = page.mouse ? [desktop && "pointer", mobile!.includes("idle") && "idle"] : mobile!;
  const undo = names.map((name) => name && signs[name]?.(trigger, leaving, page, key));
  return () => undo.forEach((u) => u && u());
};
