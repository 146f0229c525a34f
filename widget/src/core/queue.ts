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

const size = (value: unknown) => new Blob([JSON.stringify(value)]).size;

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
  /** Takes over what earlier visits left behind. */
  load(): void;
  clear(): void;
}

export const createQueue = (store: Store): Queue => {
  let mine: Waiting[] = [];
  const done = new Set<string>();

  const stored = () => {
    const known = new Set(mine.map((w) => w.event.id));
    return (store.get<Waiting[]>(KEY) || []).filter(({ event: { id } }) => !known.has(id) && !done.has(id));
  };
  // Other tabs write the same key: theirs stays, unless it was settled here.
  const write = () => {
    const all = fit([...stored(), ...mine]);
    store.set(KEY, all.length ? all : undefined);
  };
  const load = () => {
    mine = [...stored(), ...mine];
  };
  load();

  return {
    load,
    add(entry) {
      mine.push(entry);
      write();
    },
    settle(ids) {
      ids.forEach((id) => done.add(id));
      mine = mine.filter((w) => !done.has(w.event.id));
      write();
    },
    batch(flying) {
      const free = mine.filter((w) => !flying.has(w.event.id));
      let bytes = 0;
      const batch = free.filter((w, i) => {
        if (w.visitor !== free[0]!.visitor || w.session !== free[0]!.session) return false;
        bytes += size(w.event) + 1;
        return !i || bytes <= MAX_BYTES;
      });
      return batch.slice(0, MAX_EVENTS);
    },
    clear() {
      mine.forEach((w) => done.add(w.event.id));
      mine = [];
      store.set(KEY, undefined);
    },
  };
};
