import type { Cart, Customer, Order } from "../shared/types";
import type { Context } from "./context";
import type { Engine } from "./engine";
import type { Stage } from "./stage";
import type { Page } from "./triggers/index";

/** What `exitpoll(name, …)` does, by name. */
export const calls = (ctx: Context, engine: Engine, stage: Stage, page: Page) => ({
  identify(customer: Customer) {
    ctx.told.customer = { ...ctx.told.customer, ...customer };
    ctx.sender.add("customer.identified", { customer });
    engine.plan();
  },
  cart(cart: Cart) {
    ctx.told.cart = cart;
    ctx.sender.add("cart.updated", { cart });
    engine.plan();
  },
  checkout(cart: Cart | undefined = ctx.told.cart) {
    if (!cart) return;
    ctx.told.cart = cart;
    ctx.sender.add("checkout.started", { cart });
    engine.plan();
  },
  order(order: Order) {
    ctx.told.order = order;
    ctx.sender.add("order.completed", { order });
    engine.ordered();
  },
  track(name: string, properties?: Record<string, unknown>) {
    ctx.told.event = { name, properties };
    ctx.sender.add("custom", { name, properties });
    engine.plan();
    page.tracked.forEach((heard) => heard(name));
  },
  show(key: string) {
    engine.manual(key);
  },
  consent(verdict: string) {
    if (verdict === "denied") ctx.store.deny();
    else if (verdict === "granted" && ctx.$.config.storage !== "none") {
      ctx.store.allow();
      ctx.queue.load();
      ctx.sender.later(0);
    }
  },
  on(happening: string, ear: (detail: unknown) => void) {
    ctx.on(happening, ear);
  },
  reset() {
    engine.stop();
    stage.clear();
    ctx.told = {};
    ctx.queue.clear();
    ctx.store.clear();
  },
});
