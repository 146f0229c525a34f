import type { Undo } from "../../shared/guard";
import type { Trigger } from "../../shared/types";
import { click } from "./click";
import { delay } from "./delay";
import { event } from "./event";
import { exitIntent } from "./exit_intent";
import { scroll } from "./scroll";

/** What triggers may know of the page. */
export interface Page {
  /** `performance.now()` when this page view began. */
  started: number;
  /** Has a real person used this page view? */
  touched: boolean;
  /** A mouse rather than a finger. */
  mouse: boolean;
  /** Told of every `exitpoll('track', name)`. */
  tracked: Set<(name: string) => void>;
  /** Is there something in the cart? */
  filled(): boolean;
  /** When this session first waited for this survey, ms since 1970. */
  since(key: string): number;
}

/** The moment has come; `against`: but something on the page stands against it. */
export type Fire = (against?: boolean) => void;

/** Watches for a moment; calls `fire` each time it comes; returns the undo. */
export type Arm = (trigger: Trigger, fire: Fire, page: Page, key: string) => Undo;

/** Triggers that arm themselves; `order` and `manual` only ever come from a call. */
export const triggers: Record<string, Arm | undefined> = {
  exit_intent: exitIntent,
  delay,
  scroll,
  click,
  page_view: delay,
  event,
};
