import type { Cart, Customer, Lookup, Order } from "../shared/types";
import type { Me } from "./visitor";

/** What the page has told us since it loaded. */
export interface Told {
  cart?: Cart;
  order?: Order;
  customer?: Customer;
  /** The latest custom event. */
  event?: { name: string; properties?: Record<string, unknown> };
}

const DAY = 864e5;

const goods = (cart: Cart | undefined) => {
  const { value, items } = cart || {};
  const list = Array.isArray(items) ? items : undefined;
  return {
    value,
    items: list ? list.reduce((n, item) => n + (item.quantity ?? 1), 0) : items,
    product_ids: list?.map((item) => String(item.id)),
  };
};

/** Every field the page may know; a field it was not told stays unknown, never absent, because the server may know it. */
export const facts = (page: Lookup, me: Me, { cart, order, customer, event }: Told, lasting: boolean, now = Date.now()): Lookup => {
  const known: Record<string, unknown> = {
    // Counts that end with the page say nothing about the visitor.
    visitor: lasting && { visits: me.visits, new: me.visits < 2, days_since_first: Math.max(0, Math.floor((now - me.first) / DAY)) },
    session: { pages: lasting ? me.pages : undefined, seconds: Math.max(0, (now - me.started) / 1000) },
    cart: goods(cart),
    order: { ...order, ...goods(order) },
    customer: { known: customer?.id || customer?.email ? true : undefined, attributes: customer?.attributes },
    event: { name: event?.name, props: event?.properties },
  };
  return (field) => {
    const value = field.split(".").reduce<unknown>((group, name) => (group as typeof known | undefined)?.[name], known);
    return value === undefined ? page(field) : value;
  };
};
