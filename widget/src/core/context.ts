import { $ } from "../shared/handed";
import type { Handoff, Lookup, View } from "../shared/types";
import { facts, type Told } from "./facts";
import { createQueue, type Queue } from "./queue";
import { createSender, type Sender } from "./send";
import { createStore, type Store } from "./storage";
import type { Page } from "./triggers/index";
import { me, since, touch } from "./visitor";

/** What the parts of the core share: who this is, what the page told us, and the way out. */
export interface Context extends Page {
  $: Handoff;
  store: Store;
  queue: Queue;
  sender: Sender;
  told: Told;
  /** The survey that is open here. */
  view?: View;
  /** An error inside has ended this page view for us; what the page reports is still passed on. */
  off: boolean;
  /** The address of one of the server's calls. */
  api(call: string): string;
  /** The facts as they are now. */
  facts(): Lookup;
  /** Reports that a survey was shown, or that it would have been. */
  exposed(how: "shown" | "withheld", offer: string, trigger: string): void;
  /** Who on the page wants to hear of what. */
  ears: [happening: string, ear: (detail: unknown) => void][];
}

/** `denied`: the shopper has refused storage before this began. */
export const createContext = (denied: boolean): Context => {
  // A signal sent to every site asks for no less than a refusal given to this one, until consent says more.
  const kept = $.config.storage === "functional" && !denied && !navigator.globalPrivacyControl;
  const store = createStore(`exitpoll:${$.site}:`, kept);
  const queue = createQueue(store);
  const api = (call: string) => $.url(`v1/${$.site}/${call}`);
  const ctx: Context = {
    $,
    store,
    queue,
    sender: createSender(queue, api("events"), $, () => {
      const { visitor, session } = touch(store);
      return { visitor, session };
    }),
    told: {},
    off: false,
    started: $.started,
    touched: false,
    mouse: $.page("device") === "desktop",
    tracked: new Set(),
    filled: () => !!ctx.facts()("cart.items"),
    since: (key) => since(store, key),
    api,
    facts: () => facts($.page, me(store), ctx.told, store.lasting()),
    exposed(how, offer, trigger) {
      store.set("me", { ...me(store), last: Date.now() });
      const { href: url } = location;
      ctx.sender.add(`survey.${how}`, { offer, trigger, page: { url }, device: $.page("device"), locale: $.page("locale") });
    },
    ears: [],
  };
  return ctx;
};
