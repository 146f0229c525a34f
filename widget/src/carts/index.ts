import { guard, listen } from "../shared/handed";
import { stringify } from "../shared/json";
import type { Handoff } from "../shared/types";
import type { Shop } from "./shop";
import { shopify } from "./shopify";
import { woocommerce } from "./woocommerce";

const shops: Record<string, Shop | undefined> = { shopify, woocommerce };

/** The shopper had something in the cart: that it is empty is news only then. */
const FULL = "full";
/** Themes change a cart by several requests at a time, ms. */
const TOGETHER = 150;

/** Reads the shop's cart on every page view, when the page changed it, and when the shopper comes back to the tab; reports a change. */
const watch = ($: Handoff, shop: Shop) => {
  const { store } = $.ctx!;
  let before = "";
  let timer: ReturnType<typeof setTimeout> | undefined;

  const read = async () => {
    if (!shop.likely() && !store.get(FULL)) return;
    const cart = shop.cart(await (await $.fetch(shop.address())).json());
    const now = stringify(cart);
    const full = cart.items.length > 0;
    if (now === before || !(full || store.get(FULL))) return;
    before = now;
    store.set(FULL, full || undefined);
    window.exitpoll!("cart", cart);
  };
  // A shop that is closed, or another system than it says.
  const quietly = () => void read().catch(() => {});

  listen(document, "visibilitychange", () => document.visibilityState === "visible" && quietly());
  // Seen from outside: the page's fetch stays its own.
  new PerformanceObserver(
    guard((list: PerformanceObserverEntryList) => {
      if (!list.getEntries().some(({ name }) => shop.changes.test(name))) return;
      clearTimeout(timer);
      timer = setTimeout(quietly, TOGETHER);
    }),
  ).observe({ type: "resource" });
  quietly();
};

guard(() => {
  const $ = window.exitpoll!.$!;
  const shop = shops[$.script.dataset.cart!];
  if (shop) watch($, shop);
})();
