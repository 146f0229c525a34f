import type { Undo } from "../shared/guard";
import { $, guard } from "../shared/handed";
import { stringify } from "../shared/json";
import type { Candidate, Offer } from "../shared/types";
import { alarm } from "./alarm";
import type { Context } from "./context";
import { decide } from "./decide";
import { idle } from "./idle";
import type { Stage } from "./stage";
import { paying, typing } from "./triggers/distraction";
import { triggers } from "./triggers/index";
import { me } from "./visitor";

const OFFER_LIFE = 55 * 60_000;
const LOOK_AGAIN = 3_000;
const RETRY = 30_000;

/** Moments that stay true once they have come, until the page view ends. */
const LASTING = /delay|scroll|view|order/;

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
  /** For the debug panel: the undo of every armed trigger, by survey. */
  armed: Map<string, Undo>;
  /** Permissions at hand, with the time they were asked for, ms. */
  offers: Map<string, { offer: Offer; at: number }>;
  /** What the server said no to, for this page. */
  refused: Set<string>;
  /** Moments that came and wait for something. */
  due: Set<Candidate>;
}

export const createEngine = (ctx: Context, stage: Stage, auto: boolean): Engine => {
  const { store, facts } = ctx;
  const offers: Engine["offers"] = new Map();
  const refused = new Set<string>();
  const armed = new Map<string, Undo>();
  const due = new Set<Candidate>();
  let asked = "";
  let pending = 0;
  // One automatic survey per page view is plenty.
  let spent = false;

  const [later, rest] = alarm(() => plan());
  const [again, giveUp] = alarm(() => {
    asked = "";
    plan();
  });

  const eligible = (s: Candidate) => {
    const { last = 0 } = me(store);
    // Saves a request; the server counts better than this browser.
    const rests = Math.abs(Date.now() - last) < $.config.gap!;
    return triggers[s.trigger.type] && !rests && !refused.has(s.key);
  };
  const applies = (s: Candidate) => stage.fits(s) && $.evaluate(s.targeting, facts()) !== "no";

  const fresh = ({ key }: Candidate): Offer | undefined => {
    const kept = offers.get(key);
    // A survey shown since, in this tab or another, has used up what was promised before.
    return kept && kept.at > Math.max(Date.now() - OFFER_LIFE, me(store).last || 0) ? kept.offer : undefined;
  };

  const stop = () => {
    spent = true;
    asked = "";
    rest();
    giveUp();
    armed.forEach((undo) => undo());
    armed.clear();
    due.clear();
    offers.clear();
  };

  const show = (offer: Offer, trigger: string) => stage.show(offer, trigger, stop);

  const ask = async (keys: string[]) => {
    const at = Date.now();
    pending++;
    try {
      const decision = await decide(ctx, keys, false);
      decision.offers.forEach((offer) => offers.set(offer.survey.key, { offer, at }));
      // Targeting may change with the cart; other reasons outlast a page view.
      decision.denied.forEach((d) => d.reason === "not_targeted" || refused.add(d.survey));
      if (decision.offers.some((o) => !o.withhold)) idle(stage.prefetch);
    } catch {
      again(RETRY);
    }
    pending--;
    catchUp();
  };

  const catchUp = () => [...due].forEach((s) => fired(s));

  const fired = guard((s: Candidate, against?: boolean) => {
    $.trace?.(s.key, against);
    due.delete(s);
    const { type } = s.trigger;
    // After an order its survey is expected; the server alone counts.
    if (against || (type !== "order" && (spent || !eligible(s)))) return;
    const offer = fresh(s);
    const hidden = document.hidden;
    const busy = paying() || (s.placement?.type === "modal" && typing());
    if (offer && !hidden && !busy && applies(s)) return show(offer, type);
    // An offer that has grown old was meant for this moment: ask again.
    const stale = !offer && !pending && offers.delete(s.key);
    // A leaving pointer is back before anything changes.
    if (stale || (type !== "exit_intent" && (pending || hidden || busy || LASTING.test(type)))) due.add(s);
    if (stale) void ask([s.key]);
    if (busy) later(LOOK_AGAIN);
  });

  const plan = () => {
    rest();
    if (!pending) catchUp();
    if (!auto || spent || ctx.view || $.blocked()) return;
    const candidates = $.config.surveys.filter(eligible);
    const possible = candidates.filter(applies);
    // Time alone may make a rule come true, and the place of an inline survey may come late.
    if (possible.length < candidates.length) later(LOOK_AGAIN);
    for (const s of possible)
      if (!armed.has(s.key))
        armed.set(s.key, triggers[s.trigger.type]!(s.trigger, (against) => fired(s, against), ctx, s.key));

    const keys = possible.filter((s) => !fresh(s)).map((s) => s.key);
    const question = stringify([keys, location.href, ctx.told]);
    if (!keys.length || question === asked) return;
    asked = question;
    pending++;
    idle(() => {
      pending--;
      void ask(keys);
    });
  };

  return {
    plan,
    stop,
    renew() {
      stop();
      spent = ctx.off;
      ctx.touched = false;
      ctx.started = performance.now();
      plan();
    },
    ordered() {
      const waiting = $.config.surveys.filter((s) => auto && s.trigger.type === "order" && applies(s));
      waiting.forEach((s) => due.add(s));
      if (waiting.length) void ask(waiting.map((s) => s.key));
    },
    manual: (key) =>
      void decide(ctx, [key], true)
        .then(({ offers: [offer] }) => offer && show(offer, "manual"))
        .catch(() => {}),
    armed,
    offers,
    refused,
    due,
  };
};
