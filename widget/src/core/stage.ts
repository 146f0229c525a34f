import { $, guard } from "../shared/handed";
import { place } from "../shared/place";
import type { Candidate, Offer } from "../shared/types";
import type { Context } from "./context";

/** Where one survey at a time is shown, or withheld. The showing itself is the UI bundle's. */
export interface Stage {
  /** An inline survey needs its element on the page. */
  fits(s: Candidate): boolean;
  /** Fetches the UI, so that opening needs no waiting. */
  prefetch(): void;
  /** Runs once the UI is here. */
  ready(then: () => void): void;
  /** Opens the survey of an offer (or only counts it, for the holdout); `begun` runs once that is certain. */
  show(offer: Offer, trigger: string, begun: () => void): void;
}

export const createStage = (ctx: Context): Stage => {
  const prefetch = () => $.load($.config.ui);
  const ready = (then: () => void) => {
    // An error or an open survey may have come while the script did.
    const go = guard(() => ctx.off || ctx.view || then());
    if ($.ui) return go();
    $.ready = go;
    prefetch();
  };

  return {
    fits: (s) => s.placement?.type !== "inline" || !!place(s.key),
    prefetch,
    ready,
    show(offer, trigger, begun) {
      if (!offer.withhold) return ready(() => $.ui!(offer, trigger, begun));
      if (ctx.off || ctx.view) return;
      begun();
      ctx.exposed("withheld", offer.token, trigger);
    },
  };
};
