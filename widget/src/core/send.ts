import { stringify } from "../shared/json";
import { listen } from "../shared/handed";
import type { Handoff } from "../shared/types";
import { alarm } from "./alarm";
import { uuid } from "./id";
import type { Queue, Waiting } from "./queue";

const FIRST_RETRY = 2_000;
const LAST_RETRY = 120_000;
/** Committed, or such that no later try can be better. */
const SETTLED = [202, 400, 413];

/** Sends events until the server has committed them, also while the page goes away. */
export interface Sender {
  /** Queues an event and sends it at the end of this task, together with its neighbours. */
  add(type: string, payload: Record<string, unknown>): void;
  /** Sends what is not yet on its way. */
  flush(): void;
  /** Does so in a while. */
  later(ms: number): void;
}

export const createSender = (
  queue: Queue,
  url: string,
  { fetch }: Pick<Handoff, "fetch">,
  ids: () => { visitor: string; session: string },
): Sender => {
  const flying = new Set<string>();
  let failures = 0;
  const [later] = alarm(() => flush());

  const post = async (batch: Waiting[], taken: string[]) => {
    const { visitor, session } = batch[0]!;
    const body = stringify({ visitor, session, sent_at: Date.now(), events: batch.map((w) => w.event) });
    let wait = 0;
    try {
      // A string body is text/plain: no preflight.
      const { status, headers } = await fetch(url, { method: "POST", body, keepalive: true, credentials: "omit" });
      if (SETTLED.includes(status)) {
        queue.settle(taken);
        failures = 0;
        return;
      }
      wait = +headers.get("retry-after")! * 1000 || 0;
    } catch {
      // Offline, or too much in flight for keepalive: the beacon has its own budget. It confirms nothing, so the events stay queued.
      if (document.hidden) navigator.sendBeacon?.(url, body);
    } finally {
      taken.forEach((id) => flying.delete(id));
    }
    later(Math.max(wait, Math.min(LAST_RETRY, FIRST_RETRY * 2 ** failures++) * (0.5 + Math.random())));
  };

  const flush = () => {
    for (;;) {
      const batch = queue.batch(flying);
      if (!batch.length) return;
      const taken = batch.map((w) => w.event.id);
      taken.forEach((id) => flying.add(id));
      void post(batch, taken);
    }
  };

  listen(window, "online pageshow", () => later(0));
  return {
    add(type, payload) {
      queue.add({ ...ids(), event: { id: uuid(), type, at: Date.now(), ...payload } });
      // While the server is in trouble, the retry that is planned takes this along.
      if (!failures) later(0);
    },
    flush,
    later,
  };
};
