import { h } from "../dom";
import type { Draw } from "./field";

/** Only read. */
export const statement: Draw = () => ({ element: h("div", {}), read: () => ({}) });
