import type { Arm } from "./index";

/** The page reports a custom event of this name. */
export const event: Arm = ({ name }, fire, page) => {
  const heard = (tracked: string) => {
    if (tracked === name) fire();
  };
  page.tracked.add(heard);
  return () => page.tracked.delete(heard);
};
