import { $, guard, listen } from "../shared/handed";
import { calls } from "./calls";
import { createContext } from "./context";
import { createEngine } from "./engine";
import { resume } from "./resume";
import { createStage } from "./stage";
import { touch } from "./visitor";

const start = () => {
  const q = window.exitpoll!.q as ArrayLike<unknown>[];
  const { auto, cart } = $.script.dataset;
  // A refusal that waits in the queue comes before the first thing that would be stored.
  const ctx = ($.ctx = createContext(q.some((call) => call[1] === "denied")));
  const stage = createStage(ctx);
  const engine = ($.engine = createEngine(ctx, stage, auto !== "off"));
  const handlers = calls(ctx, engine);

  $.fail = (error) => {
    if (ctx.off) return;
    ctx.off = true;
    const [, where = "loader"] = /(core|ui|carts)\.\w+\.js/.exec((error as Error).stack!) || [];
    ctx.sender.add("widget.error", { message: String(error).slice(0, 300), where, page: { url: location.href } });
    engine.stop();
    ctx.view?.remove();
  };

  const call = guard((args: ArrayLike<unknown>) => {
    const [name, ...rest] = [...(args as unknown[])] as [keyof typeof handlers, ...never[]];
    (handlers[name] as undefined | ((...args: never[]) => void))?.(...rest);
  });

  touch(ctx.store, 1);
  ctx.sender.later(0);
  q.splice(0).forEach(call);
  q.push = (...more) => {
    more.forEach(call);
    return 0;
  };
  if (cart) $.load($.config.core.replace("core", "carts"));

  listen(
    window,
    "wheel pointerdown keydown touchstart",
    (e) => {
      ctx.touched ||= e.isTrusted;
    },
    true,
  );
  const leave = () => {
    ctx.view?.save();
    touch(ctx.store);
    ctx.sender.flush();
  };
  listen(window, "pagehide", leave);
  listen(document, "visibilitychange", () => {
    if (document.hidden) leave();
    else engine.plan();
  });

  $.view = guard(() => {
    touch(ctx.store, 1);
    engine.renew();
  });
  listen<PageTransitionEvent>(window, "pageshow", (e) => e.persisted && $.view!());

  engine.plan();
  resume(ctx, stage);
};

guard(start)();
