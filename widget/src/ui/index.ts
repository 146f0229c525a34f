import type { Context } from "../core/context";
import { $, guard } from "../shared/handed";
import { stringify } from "../shared/json";
import { place } from "../shared/place";
import type { Handoff, Offer, Progress, Saved } from "../shared/types";
import { emit } from "./emit";
import { createLock } from "./lock";
import { openSurvey } from "./survey";

const RESUME = "resume";

/** Opens the surveys of offers once no other tab has one open, and reports every step of them. */
const start = (ctx: Context): Pick<Handoff, "ui" | "resume" | "open"> => {
  const { store, sender } = ctx;
  const lock = createLock(store, `exitpoll:${$.site}`);
  const ids = () => store.get<{ visitor: string; session: string }>("me")!;

  const open = (offer: Offer, trigger: string, from?: Progress) => {
    const { token, survey } = offer;
    const report = (type: "answered" | "completed" | "dismissed", more?: Record<string, unknown>) => {
      sender.add(`survey.${type}`, { offer: token, ...more });
      emit(ctx, type, { survey: survey.key, ...more });
      if (type !== "answered") store.set(RESUME, undefined);
    };
    try {
      ctx.view = openSurvey(
        ctx,
        offer,
        {
          answered: (answers) => report("answered", { answers }),
          completed: () => report("completed"),
          dismissed: (by) => report("dismissed", { by }),
          closed() {
            ctx.view = undefined;
            lock.done();
          },
          moved(progress) {
            if (!Object.keys(progress.answers).length) return;
            const saved: Saved = { ...progress, session: ids().session, at: Date.now(), offer, trigger };
            store.set(RESUME, saved);
          },
          async coupon(ending) {
            const { visitor, session } = ids();
            const body = stringify({ visitor, session, offer: token, ending });
            const answer = await $.fetch(ctx.api("coupon"), { method: "POST", body, credentials: "omit" });
            return answer.ok ? ((await answer.json()) as { code?: string }).code : undefined;
          },
        },
        from,
      );
    } catch (e) {
      lock.done();
      throw e;
    }
  };

  return {
    open: (offer, on) => openSurvey(ctx, offer, on),
    ui: (offer, trigger, begun) =>
      lock.hold(() => {
        begun();
        open(offer, trigger);
        ctx.exposed("shown", offer.token, trigger);
        emit(ctx, "shown", { survey: offer.survey.key });
      }),
    resume(saved) {
      const { survey } = saved.offer;
      if (survey.placement?.type !== "inline" || place(survey.key))
        lock.hold(() => open(saved.offer, saved.trigger, saved));
    },
  };
};

guard(() => {
  Object.assign($, start($.ctx!));
  $.ready?.();
})();
