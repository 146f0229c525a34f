import type { Cart, Item } from "../shared/types";

/** How a shop system's cart is read from its own pages. */
export interface Shop {
  /** Where the cart is read. */
  address(): string;
  /** Could there be something to read? Asking costs the shop's server. */
  likely(): boolean;
  /** Requests of the page after which the cart may be another. */
  changes: RegExp;
  /** The answer in our words. */
  cart(answer: unknown): Cart & { items: Item[] };
}
