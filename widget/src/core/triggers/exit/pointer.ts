import { listen } from "../../../shared/handed";
import { alarm } from "../../alarm";
import type { Arm } from "../index";
import { gesture } from "./gesture";

const REFOCUS = 500;

/** The pointer leaves toward the browser's own controls, and stays away for a moment. */
export const pointer: Arm = ({ dwell_ms, velocity }, fire) => {
  const [move, leave] = gesture(velocity!);
  const [set, off] = alarm(fire);
  let focused = -REFOCUS;

  const undo = [
    off,
    listen(window, "focus", (e) => (focused = e.timeStamp)),
    listen<MouseEvent>(document, "mousemove mouseover", (e) => {
      off();
      move(e.clientY, e.timeStamp);
    }),
    listen<MouseEvent>(document, "mouseout", (e) => {
      if (!e.relatedTarget && leave(e.clientY, e.timeStamp) && !e.buttons && e.timeStamp - focused >= REFOCUS) set(dwell_ms);
    }),
  ];
  return () => undo.forEach((u) => u());
};
