import type { Undo } from "../../shared/guard";
import type { Trigger } from "../../shared/types";
import { delay } from "./delay";
import { event } from "./event";
import { exitIntent } from "./exit_intent";

/** What triggers may know of the page. */
export interface Page {
  /** `performance.now()` when this page view began. */
  started: number;
  /** Told of every `exitpoll('track', name)`. */
  tracked: Set<(name: string) => void>;
}

/** Watches for a moment; calls `fire` each time it comes; returns the undo. */
export type Arm = (trigger: Trigger, fire: () => void, page: Page) => Undo;

/** Triggers that arm themselves; `order` and `manual` only ever come from a call. */
export const triggers: Record<string, Arm | undefined> = { exit_intent: exitIntent, delay, event };
