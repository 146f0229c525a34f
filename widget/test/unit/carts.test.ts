import { describe, expect, it } from "vitest";
import { fromAjax, shopify } from "../../src/carts/shopify";
import { fromStore, woocommerce } from "../../src/carts/woocommerce";

describe("Shopify's cart", () => {
  const ajax = { token: "t?key=1", items: [{ variant_id: 1, product_id: 9, title: "Mug", quantity: 1, final_price: 149000 }] };
  it("has hundredths in every currency", () => {
    expect(fromAjax({ ...ajax, currency: "JPY", total_price: 149000 }, "/cart")).toMatchObject({ token: "t?key=1", value: 1490 });
    expect(fromAjax({ ...ajax, currency: "EUR", total_price: 149000 }, "/cart")).toMatchObject({ value: 149000, items: [{ id: "9", price: 149000 }] });
  });
  it.each(["/cart/add", "/cart/add.js", "/de/cart/change.js", "/cart/update", "/cart/clear.js?x=1"])("changes by %s", (path) =>
    expect(`https://shop.example${path}`).toMatch(shopify.changes),
  );
  it.each(["/cart.js", "/cart", "/cart/added.png", "/products/cart/add-on"])("does not change by %s", (path) =>
    expect(`https://shop.example${path}`).not.toMatch(shopify.changes),
  );
});

describe("WooCommerce's cart", () => {
  const cart = (price: string, unit: number, currency: string) =>
    fromStore({
      items: [{ id: 81, name: "Mug", quantity: 2, prices: { price, currency_minor_unit: unit } }],
      totals: { total_price: price, currency_code: currency, currency_minor_unit: unit },
      billing_address: { email: "" },
    });
  it.each([
    ["8450", 2, "EUR", 8450],
    // A shop that shows no cents counts none.
    ["85", 0, "EUR", 8500],
    ["1490", 0, "JPY", 1490],
    ["149000", 2, "JPY", 1490],
    ["12500", 3, "KWD", 12500],
  ])("%s with %i digits in %s is %i", (price, unit, currency, value) =>
    expect(cart(price, unit, currency)).toEqual({ value, currency, items: [{ id: "81", name: "Mug", quantity: 2, price: value }] }),
  );
  it.each([
    "/wp-json/wc/store/v1/cart/add-item",
    "/wp-json/wc/store/v1/batch?_locale=user",
    "/?wc-ajax=add_to_cart",
    "/?wc-ajax=apply_coupon",
    "/shop/?add-to-cart=81",
  ])("changes by %s", (path) => expect(`https://shop.example${path}`).toMatch(woocommerce.changes));
  it.each(["/wp-json/wc/store/v1/cart", "/wp-json/wc/store/v1/products", "/?wc-ajax=update_order_review"])(
    "does not change by %s",
    (path) => expect(`https://shop.example${path}`).not.toMatch(woocommerce.changes),
  );
});
