import { listen } from "../../../shared/handed";
import type { Arm } from "../index";

/** The shopper was in another tab or app for a while, comparing perhaps, and is back. */
export const away: Arm = ({ hidden_seconds }, fire) => {
  let left = Infinity;
  return listen(document, "visibilitychange", () => {
    // Not the page's clock: it may stand still while a phone sleeps.
    if (document.hidden) left = Date.now();
    else if (Date.now() - left >= hidden_seconds! * 1000) fire();
  });
};
