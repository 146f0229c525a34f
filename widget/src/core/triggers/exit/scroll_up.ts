import { listen } from "../../../shared/handed";
import { bottom, depth } from "../depth";
import type { Arm } from "../index";
import { rush } from "./rush";

/** On a phone, the way to the address bar: back up, in a hurry, after real reading. */
export const scrollUp: Arm = ({ scroll_speed, scroll_distance, scroll_depth }, fire) => {
  const rushed = rush(scroll_speed!, scroll_distance!);
  let moved = -Infinity;
  let deep = false;
  const undo = [
    // What scrolls after a tap is the page's doing.
    listen(window, "touchstart", () => (moved = -Infinity)),
    listen(window, "touchmove", (e) => (moved = e.timeStamp)),
    listen(document, "scroll", (e) => {
      deep ||= depth() >= scroll_depth!;
      // From beyond its end a page bounces back by itself.
      if (rushed(Math.min(scrollY, bottom()), e.timeStamp, moved) && deep) fire();
    }),
  ];
  return () => undo.forEach((u) => u());
};
