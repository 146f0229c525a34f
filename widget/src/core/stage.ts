import type { Candidate, Offer } from "../shared/types";
import { place } from "../shared/place";
import type { Context } from "./context";

/** Where one survey at a time is shown, or withheld. The showing itself is the UI bundle's. */
export interface Stage {
  busy(): boolean;
  /** An inline survey needs its element on the page. */
  fits(s: Candidate): boolean;
  /** Fetches the UI, so that opening needs no waiting. */
  prefetch(): void;
  /** Opens the survey of an offer (or only counts it, for the holdout); `begun` runs once that is certain. */
  show(offer: Offer, trigger: string, begun: () => void): void;
  /** Takes an open survey away without a word. */
  clear(): void;
}

export const createStage = (ctx: Context): Stage => {
  const { $ } = ctx;
  let fetched = false;

  const prefetch = () => {
    if (fetched) return;
    fetched = true;
    $.load($.config.ui);
  };

  return {
    busy: () => !!ctx.view,
    fits: (s) => s.placement?.type !== "inline" || !!place(s.key),
    prefetch,
    show(offer, trigger, begun) {
      if (ctx.view) return;
      if (offer.withhold) {
        begun();
        ctx.exposed("withheld", offer.token, trigger);
        return;
      }
      const open = () => $.ui!(offer, trigger, begun);
      if ($.ui) return open();
      $.ready = open;
      prefetch();
    },
    clear() {
      ctx.view?.remove();
    },
  };
};
