import { alarm } from "../alarm";
import type { Arm } from "./index";

/** So many seconds after this session first waited for it, on whatever page that is; a page view waits for nothing. */
export const delay: Arm = ({ seconds = 0 }, fire, page, key) => {
  const [set, off] = alarm(fire);
  set(page.since(key) + seconds * 1000 - Date.now());
  return off;
};
