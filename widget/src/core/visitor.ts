import { uuid } from "./id";
import type { Store } from "./storage";

const SESSION_GAP = 30 * 60_000;

/** This browser as the server knows it: a random id, and the counts targeting asks for. */
export interface Me {
  visitor: string;
  first: number;
  visits: number;
  session: string;
  started: number;
  active: number;
  pages: number;
  /** When this session first waited for a survey's time to come, by key. */
  since?: Record<string, number>;
  /** When a survey was last shown or withheld here, in any tab. */
  last?: number;
}

/** Reads this browser's record, or starts one. */
export const me = (store: Store, now = Date.now()): Me =>
  store.get<Me>("me") || { visitor: uuid(now), first: now, visits: 0, session: "", started: 0, active: 0, pages: 0 };

/** Notes activity; after 30 idle minutes (or a clock set back) that is a new session. */
export const touch = (store: Store, pages = 0, now = Date.now()): Me => {
  const it = { ...me(store, now) };
  if (!it.session || Math.abs(now - it.active) > SESSION_GAP) {
    it.session = uuid(now);
    it.started = now;
    it.visits++;
    it.pages = 0;
    it.since = {};
    // A survey left open then is not asked for any more.
    store.set("resume", undefined);
  }
  it.active = now;
  it.pages += pages;
  store.set("me", it);
  return it;
};

/** When this session first waited for this survey: a due time outlives the page it began on. */
export const since = (store: Store, key: string, now = Date.now()): number => {
  const it = me(store);
  const begun = ((it.since ||= {})[key] ||= now);
  store.set("me", it);
  return begun;
};
