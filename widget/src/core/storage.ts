import { parse, stringify } from "../shared/json";

/** Keeps JSON values in localStorage while that is allowed and works, else in memory. */
export interface Store {
  get<T>(key: string): T | undefined;
  /** `undefined` removes the key. */
  set(key: string, value: unknown): void;
  /** Does what is written outlive the page? */
  lasting(): boolean;
  /** Starts keeping values on the disk: what lay there from earlier visits wins. */
  allow(): void;
  /** Stops, and removes every trace; the page goes on in memory. */
  deny(): void;
  /** Forgets everything, on the disk and in memory. */
  clear(): void;
}

export const createStore = (prefix: string, allowed: boolean, disk: () => Storage = () => localStorage): Store => {
  const memory = new Map<string, unknown>();

  /** Storage throws when it is blocked, full or partitioned away; that is never news to the page. */
  const attempt = <T>(use: (d: Storage) => T): T | undefined => {
    try {
      return use(disk());
    } catch {
      return undefined;
    }
  };
  const read = (key: string) => (allowed && attempt((d) => parse(d.getItem(prefix + key)!))) || undefined;
  const wipe = () =>
    attempt((d) =>
      Object.keys(d)
        .filter((key) => key.startsWith(prefix))
        .forEach((key) => d.removeItem(key)),
    );
  const set = (key: string, value: unknown) => {
    memory.set(key, value);
    if (!allowed) return;
    attempt((d) => {
      // Removed first: where there is no room for the new, the old must not come back.
      d.removeItem(prefix + key);
      if (value !== undefined) d.setItem(prefix + key, stringify(value));
    });
  };

  return {
    set,
    // Another tab may have written since, so the disk comes first.
    get: <T>(key: string) => read(key) ?? (memory.get(key) as T | undefined),
    lasting: () => !!read("me"),
    allow() {
      allowed = true;
      memory.forEach((value, key) => read(key) ?? set(key, value));
    },
    deny() {
      allowed = false;
      wipe();
    },
    clear() {
      wipe();
      memory.clear();
    },
  };
};
