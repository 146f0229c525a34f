import { $ } from "../shared/handed";
import { stringify } from "../shared/json";
import type { Offer } from "../shared/types";
import type { Context } from "./context";
import { me } from "./visitor";

export interface Decision {
  offers: Offer[];
  denied: { survey: string; reason: string }[];
}

/** Asks the server which of these surveys this visitor may see. A read: asking twice changes nothing. */
export const decide = async (ctx: Context, candidates: string[], manual: boolean): Promise<Decision> => {
  const { told, store } = ctx;
  const { visitor, session, started, visits, pages, first } = me(store);
  const answer = await $.fetch(ctx.api("decide"), {
    method: "POST",
    credentials: "omit",
    body: stringify({
      visitor,
      session,
      candidates,
      page: {
        url: location.href,
        referrer: document.referrer || undefined,
        seconds: Math.round((performance.now() - $.started) / 1000),
      },
      device: $.page("device"),
      locale: $.page("locale"),
      gpc: !!navigator.globalPrivacyControl,
      manual,
      seconds: Math.max(0, Math.round((Date.now() - started) / 1000)),
      // Counts that end with the page would be wrong on the next one.
      ...(store.lasting() && { visits, pages, first_seen: first }),
      ...told,
    }),
  });
  // A refusal has another shape, which its reader stumbles over as over an answer cut short.
  return (await answer.json()) as Decision;
};
