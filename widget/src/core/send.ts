import { guard, listen } from "../shared/guard";
import { uuid } from "./id";
import type { Queue, Waiting } from "./queue";

const FIRST_RETRY = 2_000;
const LAST_RETRY = 120_000;

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
  send: typeof fetch,
  ids: () => { visitor: string; session: string },
): Sender => {
  const flying = new Set<string>();
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const later = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(guard(flush), ms);
  };

  /** Resolves to what the server asked to wait, in ms, or to `undefined` when the batch is settled. */
  const post = async (batch: Waiting[], taken: string[]): Promise<number | undefined> => {
    const { visitor, session } = batch[0]!;
    const body = JSON.stringify({ visitor, session, sent_at: Date.now(), events: batch.map((w) => w.event) });
    try {
      // A string body is text/plain: no preflight.
      const answer = await send(url, { method: "POST", body, keepalive: true, credentials: "omit" });
      const { status } = answer;
      // After these no later try can be better.
      if (status === 202 || status === 400 || status === 413) {
        queue.settle(taken);
        console.debug("exitpoll", status, status === 202 && ((await answer.json()) as { rejected?: unknown }).rejected);
        return undefined;
      }
      return +answer.headers.get("retry-after")! * 1000 || 0;
    } catch {
      // Offline, or too much in flight for keepalive: the beacon has its own budget. It confirms nothing, so the events stay queued.
      if (document.visibilityState === "hidden") navigator.sendBeacon?.(url, body);
      return 0;
    }
  };

  const flush = () => {
    for (;;) {
      const batch = queue.batch(flying);
      if (!batch.length) return;
      const taken = batch.map((w) => w.event.id);
      taken.forEach((id) => flying.add(id));
      void post(batch, taken).then((wait) => {
        taken.forEach((id) => flying.delete(id));
        if (wait === undefined) failures = 0;
        else later(Math.max(wait, Math.min(LAST_RETRY, FIRST_RETRY * 2 ** failures++) * (0.5 + Math.random())));
      });
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
