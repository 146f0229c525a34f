import { minor } from "./money";
import type { Shop } from "./shop";

export interface AjaxCart {
  token: string;
  total_price: number;
  currency: string;
  items: { variant_id: number; product_id: number; title: string; quantity: number; final_price: number }[];
}

/** Shopify counts every currency in hundredths, also those that have none. */
const HUNDREDTHS = 2;

export const fromAjax = (cart: AjaxCart, checkout_url: string) => ({
  token: cart.token,
  value: minor(cart.total_price, HUNDREDTHS, cart.currency),
  currency: cart.currency,
  items: cart.items.map((item) => ({
    id: String(item.product_id),
    name: item.title,
    quantity: item.quantity,
    price: minor(item.final_price, HUNDREDTHS, cart.currency),
  })),
  checkout_url,
});

/** Where the shop of this language lives: `/`, or `/de/`. */
const root = () => new URL(window.Shopify?.routes?.root || "/", location.origin);

/** Shopify's Ajax API; themes change the cart with and without `.js`. */
export const shopify: Shop = {
  address: () => new URL("cart.js", root()).href,
  likely: () => true,
  changes: /\/cart\/(add|change|update|clear)(\.js)?(\?|$)/,
  cart: (answer) => fromAjax(answer as AjaxCart, new URL("cart", root()).href),
};
