import { listen } from "../../shared/handed";
import { depth } from "./depth";
import type { Arm } from "./index";

/** The shopper has come so far down the page; where a reload puts them is not their doing. */
export const scroll: Arm = ({ percent }, fire, page) => {
  const undo = listen(document, "scroll", () => {
    if (!page.touched || depth() < percent!) return;
    undo();
    fire();
  });
  return undo;
};
