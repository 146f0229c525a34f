import { guard } from "../../shared/guard";
import type { Arm } from "./index";

/** So many seconds after the page began. */
export const delay: Arm = ({ seconds = 0 }, fire, page) => {
  const timer = setTimeout(guard(fire), seconds * 1000 - (performance.now() - page.started));
  return () => clearTimeout(timer);
};
