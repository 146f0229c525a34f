import { stringify } from "../shared/json";
import type { Store } from "./storage";

/** An event waiting for its 202, with the ids it was made under: they may be those of an earlier visit. */
export interface Waiting {
  visitor: string;
  session: string;
  event: { id: string; type: string; at: number } & Record<string, unknown>;
}

const KEY = "queue";
const ROOM = 32_000;
const PRECIOUS = /answered|completed/;
export const MAX_EVENTS = 100;
export const MAX_BYTES = 60_000;

const size = (value: unknown) => new Blob([stringify(value)]).size;

/** Makes room by dropping the oldest, answers and orders last. */
export const fit = (entries: Waiting[], room = ROOM): Waiting[] => {
  const kept = [...entries];
  while (kept.length && size(kept) > room)
    kept.splice(Math.max(0, kept.findIndex((w) => !PRECIOUS.test(w.event.type))), 1);
  return kept;
};

/** Events not yet confirmed: this page's in memory, and a copy of all in storage for the next visit. */
export interface Queue {
  add(entry: Waiting): void;
  /** The events with these ids were answered, well or badly: they are not sent again. */
  settle(ids: string[]): void;
  /** The oldest events of one visitor and session that fit into one request, without those in `flying`. */
  batch(flying: Set<string>): Waiting[];
  /** Gives up whatever waits. */
  clear(): void;
}

export const createQueue = (store: Store): Queue => {
  const mine: Waiting[] = [];
  const done = new Set<string>();

  /** What other tabs and earlier visits left is sent like our own: the ids make it the same event. */
  const all = () => {
    const stored = store.get<Waiting[]>(KEY);
    // Whatever lies there by another hand is not a queue.
    const entries = [...(Array.isArray(stored) ? stored : []), ...mine];
    return [...new Map(entries.map((w) => [w.event.id, w])).values()].filter((w) => !done.has(w.event.id));
  };
  const write = () => {
    const kept = fit(all());
    store.set(KEY, kept.length ? kept : undefined);
  };

  const settle = (ids: string[]) => {
    ids.forEach((id) => done.add(id));
    write();
  };

  return {
    add(entry) {
      mine.push(entry);
      write();
    },
    settle,
    clear: () => settle(all().map((w) => w.event.id)),
    batch(flying) {
      const free = all().filter((w) => !flying.has(w.event.id));
      let bytes = 0;
      const batch = free.filter((w, i) => {
        if (w.visitor !== free[0]!.visitor || w.session !== free[0]!.session) return false;
        bytes += size(w.event) + 1;
        return !i || bytes <= MAX_BYTES;
      });
      return batch.slice(0, MAX_EVENTS);
    },
  };
};
