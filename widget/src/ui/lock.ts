import { guard, listen } from "../shared/handed";
import type { Store } from "../core/storage";

const KEY = "open";
const FRESH = 90_000;

/**
 * One open survey per browser, whatever number of tabs.
 *
 * The focused tab holds the lock in advance, so that opening needs no waiting; it lets go when it loses focus with
 * nothing open, because a held lock would keep another window silent and this page out of the back/forward cache.
 */
export interface Lock {
  /** Runs `open` at once if the lock is at hand, else when it is granted, else never. */
  hold(open: () => void): void;
  /** The survey is gone: other tabs may open theirs. */
  done(): void;
}

export const createLock = (store: Store, name: string): Lock => {
  const tab = String(Math.random());
  const { locks } = navigator;
  let release: (() => void) | undefined;
  let busy = false;

  const free = () => {
    release?.();
    release = undefined;
  };
  const take = (then?: () => void) => {
    if (release) return;
    locks
      ?.request(name, { ifAvailable: true }, (lock) => {
        // An earlier request of this tab may have been granted meanwhile.
        if (release) return then?.();
        if (!lock) return;
        return new Promise<void>((resolve) => {
          release = resolve;
          then?.();
        });
      })
      // Refused altogether, as to a frame without an origin: there are no other tabs to mind.
      .catch(() => then?.());
  };
  /** For browsers without Web Locks: a time stamp, renewed while the survey is open. */
  const stamp = () => {
    if (!busy || locks) return;
    store.set(KEY, [tab, Date.now()]);
    setTimeout(stamp, FRESH / 3);
  };

  listen(window, "focus", () => take());
  listen(window, "blur pagehide", () => busy || free());
  if (document.hasFocus()) take();

  return {
    hold(open) {
      if (busy) return;
      const go = guard(() => {
        busy = true;
        stamp();
        open();
      });
      if (release) go();
      else if (locks) take(go);
      else {
        const [owner, at] = store.get<[string, number]>(KEY) || ["", 0];
        if (owner === tab || Math.abs(Date.now() - at) > FRESH) go();
      }
    },
    done() {
      if (!busy) return;
      busy = false;
      store.set(KEY, undefined);
      if (!document.hasFocus()) free();
    },
  };
};
