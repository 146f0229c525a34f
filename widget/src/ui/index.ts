import type { Context } from "../core/context";
import { guard } from "../shared/guard";
import { place } from "../shared/place";
import type { Show } from "../shared/types";
import { emit } from "./emit";
import { createLock } from "./lock";
import { openSurvey } from "./survey";

/** Opens the survey of an offer once no other tab has one open, and reports every step of it. */
const show = (ctx: Context): Show => {
  const lock = createLock(ctx.store, `exitpoll:${ctx.$.site}`);

  return ({ token: offer, survey }, trigger, begun) =>
    lock.hold(() => {
      const report = (type: "answered" | "completed" | "dismissed", more?: Record<string, unknown>) => {
        ctx.sender.add(`survey.${type}`, { offer, ...more });
        emit(ctx, type, { survey: survey.key, ...more });
      };
      begun();
      try {
        ctx.view = openSurvey(ctx, survey, survey.placement?.type === "inline" ? place(survey.key) : undefined, {
          answered: (answers) => report("answered", { answers }),
          completed: () => report("completed"),
          dismissed: (by) => report("dismissed", { by }),
          closed() {
            ctx.view = undefined;
            lock.done();
          },
        });
      } catch (e) {
        lock.done();
        throw e;
      }
      ctx.exposed("shown", offer, trigger);
      emit(ctx, "shown", { survey: survey.key });
    });
};

guard(() => {
  const $ = window.exitpoll!.$!;
  const ctx = $.ctx!;
  $.ui = show(ctx);
  $.open = ({ survey }, on) =>
    openSurvey(ctx, survey, survey.placement?.type === "inline" ? place(survey.key) : undefined, on);
  $.ready?.();
})();
