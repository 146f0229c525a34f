import { listen } from "../shared/guard";
import type { Cart } from "../shared/types";
import type { Context } from "./context";

interface AjaxCart {
  token: string;
  total_price: number;
  currency: string;
  item_count: number;
  items: { variant_id: number; product_id: number; title: string; quantity: number; final_price: number }[];
}

/** Shopify counts every currency in hundredths, also those that have none. */
const minor = (amount: number, currency: string) => {
  const digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  return Math.round(amount * 10 ** (digits - 2));
};

export const fromAjax = (cart: AjaxCart, checkout_url: string): Cart => ({
  token: cart.token,
  value: minor(cart.total_price, cart.currency),
  currency: cart.currency,
  items: cart.items.map((item) => ({
    id: String(item.product_id),
    name: item.title,
    quantity: item.quantity,
    price: minor(item.final_price, cart.currency),
  })),
  checkout_url,
});

/** Reads Shopify's cart on every page view and when the shopper comes back to the tab; reports a change. */
export const shopifyCart = ({ $ }: Context, report: (cart: Cart) => void): void => {
  let before = "";
  const read = async () => {
    const root = new URL(window.Shopify?.routes?.root || "/", location.href);
    const ajax = (await (await $.fetch(new URL("cart.js", root))).json()) as AjaxCart;
    const now = JSON.stringify(ajax.items);
    // An empty cart is news only to someone who knew a full one.
    if (now === before || (!before && !ajax.item_count)) return;
    before = now;
    report(fromAjax(ajax, new URL("cart", root).href));
  };
  const quietly = () => void read().catch((e) => console.debug("exitpoll", e));
  listen(document, "visibilitychange", () => document.visibilityState === "visible" && quietly());
  quietly();
};
