import { guard, listen } from "../../shared/guard";
import { distracted } from "./distraction";
import { Gesture } from "./gesture";
import type { Arm } from "./index";

const REFOCUS = 500;
const DWELL = 300;

/** Desktop: the pointer leaves toward the browser's own controls, and stays away for a moment. */
export const exitIntent: Arm = (trigger, fire, page) => {
  const { min_seconds = 5 } = trigger;
  const gesture = new Gesture();
  let touched = false;
  let focused = -REFOCUS;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const undo = [
    listen(window, "scroll wheel pointerdown keydown touchstart", () => (touched = true), true),
    listen(window, "focus", () => (focused = performance.now())),
    listen<MouseEvent>(document, "mousemove mouseover", (e) => {
      clearTimeout(timer);
      gesture.move(e.clientY, e.timeStamp);
    }),
    listen<MouseEvent>(document, "mouseout", (e) => {
      if (e.relatedTarget) return;
      const leaves = gesture.leave(e.clientY, e.timeStamp);
      const now = performance.now();
      if (!leaves || !touched || e.buttons || distracted()) return;
      if (now - page.started < min_seconds * 1000 || now - focused < REFOCUS) return;
      clearTimeout(timer);
      timer = setTimeout(
        guard(() => {
          if (!distracted() && document.visibilityState === "visible") fire();
        }),
        DWELL,
      );
    }),
  ];
  return () => {
    clearTimeout(timer);
    undo.forEach((u) => u());
  };
};
