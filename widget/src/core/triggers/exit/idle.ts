import { listen } from "../../../shared/handed";
import { alarm } from "../../alarm";
import type { Arm } from "../index";

/** Nobody stirs, and there is something in the cart. At a desk people read longer without a move. */
export const idle: Arm = ({ idle_seconds }, fire, page) => {
  const [set, off] = alarm(() => page.filled() && fire());
  const stirred = () => set(idle_seconds! * (page.mouse ? 1500 : 1000));
  const undo = listen(window, "scroll pointermove pointerdown keydown touchstart", stirred, true);
  stirred();
  return () => {
    off();
    undo();
  };
};
