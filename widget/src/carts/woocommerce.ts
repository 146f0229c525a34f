import { minor } from "./money";
import type { Shop } from "./shop";

declare global {
  interface Window {
    wc_add_to_cart_params?: { cart_url?: string };
    wcSettings?: { storePages?: { cart?: { permalink?: string } } };
  }
}

export interface StoreCart {
  items: { id: number; name: string; quantity: number; prices: { price: string; currency_minor_unit: number } }[];
  totals: { total_price: string; currency_code: string; currency_minor_unit: number };
  billing_address?: { email?: string };
}

/** Amounts are integers in text, in a unit the shop chose. */
export const fromStore = ({ items, totals, billing_address }: StoreCart, checkout_url?: string) => {
  const { currency_code: currency, currency_minor_unit: unit } = totals;
  return {
    value: minor(+totals.total_price, unit, currency),
    currency,
    items: items.map(({ id, name, quantity, prices }) => ({
      id: String(id),
      name,
      quantity,
      price: minor(+prices.price, prices.currency_minor_unit, currency),
    })),
    email: billing_address?.email || undefined,
    checkout_url,
  };
};

/** WordPress names its REST root in the page's head; it may lie in a folder, or behind `?rest_route=`. */
const rest = () => document.querySelector<HTMLLinkElement>('link[rel="https://api.w.org/"]')?.href || `${location.origin}/wp-json/`;

/** The cart page has any name; classic themes and blocks tell it in their own ways. */
const cartPage = () => window.wc_add_to_cart_params?.cart_url || window.wcSettings?.storePages?.cart?.permalink;

/** WooCommerce's Store API; themes change the cart there, or by `?wc-ajax=` and `?add-to-cart=`. */
export const woocommerce: Shop = {
  address: () => `${rest()}wc/store/v1/cart`,
  likely: () => document.cookie.includes("woocommerce_items_in_cart=1"),
  changes: /\/wc\/store\/v1\/(batch|cart\/)|[?&](add-to-cart=|wc-ajax=(add_to_cart|remove_from_cart|get_refreshed_fragments|\w+_coupon))/,
  cart: (answer) => fromStore(answer as StoreCart, cartPage()),
};
