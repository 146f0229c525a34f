import type { Handoff, Lookup, View } from "../shared/types";
import { facts, type Told } from "./facts";
import { createQueue, type Queue } from "./queue";
import { createSender, type Sender } from "./send";
import { createStore, type Store } from "./storage";
import { me, touch } from "./visitor";

type Happening = "shown" | "answered" | "completed" | "dismissed";
type Ear = (detail: unknown) => void;

/** What the parts of the core share: who this is, what the page told us, and the way out. */
export interface Context {
  $: Handoff;
  store: Store;
  queue: Queue;
  sender: Sender;
  told: Told;
  /** The survey that is open here. */
  view?: View;
  /** The address of one of the server's calls. */
  api(call: string): string;
  /** The facts as they are now; without `seconds`, as they could become by waiting. */
  facts(seconds: boolean): Lookup;
  /** Reports that a survey was shown, or that it would have been. */
  exposed(how: "shown" | "withheld", offer: string, trigger: string): void;
  on(happening: string, ear: Ear): void;
  /** Tells the page; its mistakes stay its own. */
  emit(happening: Happening, detail: Record<string, unknown>): void;
}

export const createContext = ($: Handoff): Context => {
  const store = createStore(`exitpoll:${$.site}:`, $.config.storage === "functional");
  const queue = createQueue(store);
  const ears: [string, Ear][] = [];
  const api = (call: string) => $.url(`v1/${$.site}/${call}`);
  const ctx: Context = {
    $,
    store,
    queue,
    sender: createSender(queue, api("events"), $.fetch, () => {
      const { visitor, session } = touch(store);
      return { visitor, session };
    }),
    told: {},
    api,
    facts(seconds) {
      const lookup = facts($.page, me(store), ctx.told, store.lasting());
      return (field) => (seconds || field !== "session.seconds" ? lookup(field) : undefined);
    },
    exposed(how, offer, trigger) {
      store.set("me", { ...me(store), last: Date.now() });
      const { href: url } = location;
      ctx.sender.add(`survey.${how}`, { offer, trigger, page: { url }, device: $.page("device"), locale: $.page("locale") });
    },
    on: (happening, ear) => ears.push([happening, ear]),
    emit(happening, detail) {
      for (const [name, ear] of ears) {
        if (name !== happening) continue;
        try {
          ear(detail);
        } catch (e) {
          console.error(e);
        }
      }
    },
  };
  return ctx;
};
