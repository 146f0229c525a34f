import { guard } from "../shared/handed";

/** Runs when the page has nothing better to do. */
export const idle = (fn: () => void): void => {
  const run = guard(fn);
  if ("requestIdleCallback" in window) requestIdleCallback(run, { timeout: 2000 });
  else setTimeout(run);
};
