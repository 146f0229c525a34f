import { $ } from "../shared/handed";
import type { Cart, Customer, Order } from "../shared/types";
import type { Context } from "./context";
import type { Engine } from "./engine";

/** What `exitpoll(name, …)` does, by name. */
export const calls = (ctx: Context, engine: Engine) => {
  const { told, sender, store } = ctx;
  const cart = (type: string) => (cart: Cart | undefined = told.cart) => {
    if (!cart) return;
    told.cart = cart;
    sender.add(type, { cart });
    engine.plan();
  };
  return {
    cart: cart("cart.updated"),
    checkout: cart("checkout.started"),
    identify(customer: Customer) {
      told.customer = { ...told.customer, ...customer };
      sender.add("customer.identified", { customer });
      engine.plan();
    },
    order(order: Order) {
      told.order = order;
      sender.add("order.completed", { order });
      engine.ordered();
    },
    track(name: string, properties?: Record<string, unknown>) {
      told.event = { name, properties };
      sender.add("custom", told.event);
      engine.plan();
      ctx.tracked.forEach((heard) => heard(name));
    },
    show: engine.manual,
    consent(verdict: string) {
      if (verdict === "denied") store.deny();
      else if (verdict === "granted" && $.config.storage !== "none") {
        store.allow();
        sender.later(0);
      }
    },
    on: (happening: string, ear: (detail: unknown) => void) => void ctx.ears.push([happening, ear]),
    reset() {
      engine.stop();
      ctx.view?.remove();
      told.cart = told.order = told.customer = told.event = undefined;
      // What was reported before is still true.
      sender.flush();
      ctx.queue.clear();
      store.clear();
    },
  };
};
