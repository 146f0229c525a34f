import { guard, listen } from "../shared/guard";
import type { Handoff } from "../shared/types";
import { calls } from "./calls";
import { createContext } from "./context";
import { createEngine } from "./engine";
import { shopifyCart } from "./shopify";
import { createStage } from "./stage";
import type { Page } from "./triggers/index";
import { touch } from "./visitor";

const start = ($: Handoff, queue: ArrayLike<unknown>[]) => {
  const ctx = ($.ctx = createContext($));
  const page: Page = { started: $.started, tracked: new Set() };
  const stage = createStage(ctx);
  const engine = createEngine(ctx, stage, page, $.script.dataset.auto !== "off");
  const handlers = calls(ctx, engine, stage, page);

  const call = guard((args: ArrayLike<unknown>) => {
    const [name, ...rest] = Array.from(args) as [keyof typeof handlers, ...never[]];
    if (Object.keys(handlers).includes(name)) (handlers[name] as (...args: never[]) => void)(...rest);
    else console.debug("exitpoll: no such call", name);
  });

  touch(ctx.store, 1);
  ctx.sender.later(0);
  queue.splice(0).forEach(call);
  queue.push = (...more) => {
    more.forEach(call);
    return 0;
  };
  if ($.script.dataset.cart === "shopify") shopifyCart(ctx, handlers.cart);

  const leave = () => {
    ctx.view?.save();
    touch(ctx.store);
    ctx.sender.flush();
  };
  listen(window, "pagehide", leave);
  listen(document, "visibilitychange", () => {
    if (document.visibilityState === "hidden") leave();
    else engine.plan();
  });

  const view = () => {
    touch(ctx.store, 1);
    engine.renew();
  };
  listen<PageTransitionEvent>(window, "pageshow", (e) => e.persisted && view());
  let href = location.href;
  const routed = () => {
    if (href === location.href) return;
    href = location.href;
    view();
  };
  if (window.navigation) listen(window.navigation, "navigatesuccess", routed);
  else listen(window, "popstate", routed);

  engine.plan();
};

guard(() => {
  const { $, q } = window.exitpoll!;
  start($!, q!);
})();
