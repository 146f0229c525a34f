import { guard, type Undo } from "../shared/guard";
import type { Candidate, Offer } from "../shared/types";
import type { Context } from "./context";
import { decide } from "./decide";
import { idle } from "./idle";
import type { Stage } from "./stage";
import { triggers, type Page } from "./triggers/index";
import { me } from "./visitor";

const OFFER_LIFE = 55 * 60_000;
const LOOK_AGAIN = 5_000;
const RETRY = 15_000;
const RETRIES = 3;

/** Which survey may come on this page, asked once in advance, and when: armed triggers, kept offers. */
export interface Engine {
  /** Arms what could apply now and asks the server about it while the page idles. */
  plan(): void;
  /** A new page view, by the shop's own router or from the back/forward cache. */
  renew(): void;
  /** An order was reported: what waits for one is asked about and opened now. */
  ordered(): void;
  /** Opens a survey by key, caps ignored. */
  manual(key: string): void;
  /** Takes every trigger off the page, for this page view. */
  stop(): void;
}

const typeOf = (s: Candidate): string => s.trigger?.type || (s.kind === "post_purchase" ? "order" : s.kind);

export const createEngine = (ctx: Context, stage: Stage, page: Page, auto: boolean): Engine => {
  const { $, store, facts } = ctx;
  const offers = new Map<string, { offer: Offer; at: number }>();
  const refused = new Set<string>();
  const armed = new Map<string, Undo>();
  const due = new Set<Candidate>();
  let asked = "";
  let pending = 0;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // One automatic survey per page view is plenty.
  let spent = false;

  const later = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(guard(plan), ms);
  };

  const eligible = (s: Candidate) => {
    const { last } = me(store);
    // Saves a request; the server counts better than this browser.
    const rests = !!last && Math.abs(Date.now() - last) < ($.config.gap || 0);
    return triggers[typeOf(s)] && !rests && !refused.has(s.key) && stage.fits(s);
  };
  const applies = (s: Candidate, seconds = true) => $.evaluate(s.targeting, facts(seconds)) !== "no";

  const fresh = ({ key }: Candidate): Offer | undefined => {
    const kept = offers.get(key);
    // A survey shown since, in this tab or another, has used up what was promised before.
    return kept && kept.at > Math.max(Date.now() - OFFER_LIFE, me(store).last || 0) ? kept.offer : undefined;
  };

  const stop = () => {
    spent = true;
    clearTimeout(timer);
    armed.forEach((undo) => undo());
    armed.clear();
    due.clear();
    offers.clear();
  };

  const show = (offer: Offer, trigger: string) => stage.show(offer, trigger, stop);

  const ask = async (keys: string[]) => {
    const at = Date.now();
    try {
      const decision = await decide(ctx, keys, false);
      decision.offers.forEach((offer) => offers.set(offer.survey.key, { offer, at }));
      // Targeting may change with the cart; other reasons outlast a page view.
      decision.denied.forEach((d) => d.reason === "not_targeted" || refused.add(d.survey));
      if (decision.offers.some((o) => !o.withhold)) idle(stage.prefetch);
    } catch (e) {
      console.debug("exitpoll", e);
      asked = "";
      if (failures++ < RETRIES) later(RETRY * failures);
    }
    pending--;
    [...due].forEach(fired);
  };

  const fired = (s: Candidate) => {
    due.delete(s);
    if (spent || !eligible(s)) return;
    const type = typeOf(s);
    const hidden = document.visibilityState === "hidden";
    const offer = fresh(s);
    if (offer && !hidden && applies(s)) return show(offer, type);
    // An offer that has grown old was meant for this moment: ask again.
    const stale = !offer && !pending && offers.delete(s.key);
    // Time that has passed stays passed, an event waits for the answer under way; a leaving pointer is back before.
    if (type === "delay" || stale || ((hidden || pending) && type !== "exit_intent")) due.add(s);
    if (!stale) return;
    pending++;
    void ask([s.key]);
  };

  const plan = () => {
    clearTimeout(timer);
    if (!auto || spent || stage.busy()) return;
    if (!pending) [...due].forEach(fired);
    const candidates = $.config.surveys.filter(eligible);
    const possible = candidates.filter((s) => applies(s));
    if (candidates.some((s) => !possible.includes(s) && applies(s, false))) later(LOOK_AGAIN);
    for (const s of possible)
      if (!armed.has(s.key))
        armed.set(s.key, triggers[typeOf(s)]!(s.trigger || { type: "" }, () => fired(s), page));

    const keys = possible.filter((s) => !fresh(s)).map((s) => s.key);
    const { cart, customer, event } = ctx.told;
    const question = JSON.stringify([keys, location.href, cart, customer, event]);
    if (!keys.length || question === asked) return;
    asked = question;
    pending++;
    idle(() => void ask(keys));
  };

  const now = (keys: string[], trigger: string) =>
    void decide(ctx, keys, trigger === "manual")
      .then((decision) => decision.offers[0] && show(decision.offers[0], trigger))
      .catch((e) => console.debug("exitpoll", e));

  return {
    plan,
    stop,
    renew() {
      stop();
      spent = false;
      page.started = performance.now();
      plan();
    },
    ordered() {
      const keys = $.config.surveys.filter((s) => auto && typeOf(s) === "order" && applies(s)).map((s) => s.key);
      if (keys.length) now(keys, "order");
    },
    manual: (key) => now([key], "manual"),
  };
};
