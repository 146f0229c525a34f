import { listen } from "../../shared/handed";
import { alarm } from "../alarm";
import type { Arm } from "./index";

/** A click on what the selector names, now or later on the page, in open shadow roots as well. */
export const click: Arm = ({ selector }, fire) => {
  const [soon, off] = alarm(fire);
  const named = (target: EventTarget) => {
    try {
      return target instanceof Element && target.matches(selector!);
    } catch {
      // Not a selector this browser can read.
      return false;
    }
  };
  // The page's own action comes first, and cannot hide the click.
  const undo = listen(document, "click", (e) => e.composedPath().some(named) && soon(), true);
  return () => {
    off();
    undo();
  };
};
