import { guard, listen } from "../shared/guard";

/** The address without an anchor; a router's `#/…` and `#!…` are part of it. */
const address = () => location.href.replace(/#(?![/!]).*/, "");

/** Notices a shop that changes pages without loading them. */
export const routes = (changed: () => void): void => {
  let before = address();
  const look = () => {
    const now = address();
    if (now === before) return;
    before = now;
    changed();
  };
  if (window.navigation) listen(window.navigation, "navigatesuccess", look);
  // Comparing two strings is cheaper than wrapping the page's own functions.
  else setInterval(guard(look), 1000);
};
