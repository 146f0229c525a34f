import { describe, expect, it } from "vitest";
import { facts, type Told } from "../../src/core/facts";
import { device } from "../../src/loader/page";

const me = { visitor: "v", first: 0, visits: 3, session: "s", started: 1000, active: 0, pages: 2 };
const ask = (told: Told, lasting = true) => facts((field) => (/^(page|device)/.test(field) ? `page:${field}` : undefined), me, told, lasting, 3 * 864e5 + 5);

describe("facts", () => {
  it("know the visitor only if it is remembered", () => {
    const known = ask({});
    expect(["visits", "new", "days_since_first"].map((f) => known(`visitor.${f}`))).toEqual([3, false, 3]);
    expect(ask({}, false)("visitor.visits")).toBeUndefined();
    expect(ask({}, false)("session.pages")).toBeUndefined();
  });
  it("know the cart once it was told", () => {
    expect(ask({})("cart.value")).toBeUndefined();
    const known = ask({ cart: { value: 0, items: [{ id: 7, quantity: 2 }, { id: "a" }] } });
    expect(["value", "items", "product_ids"].map((f) => known(`cart.${f}`))).toEqual([0, 3, ["7", "a"]]);
    expect(ask({ cart: { items: 4 } })("cart.items")).toBe(4);
  });
  it("leave open what the server may know", () => {
    expect(ask({})("customer.known")).toBeUndefined();
    expect(ask({ customer: { id: "1" } })("customer.known")).toBe(true);
    expect(ask({ customer: { attributes: { tier: 2 } } })("customer.attributes.tier")).toBe(2);
    expect(ask({ customer: { attributes: {} } })("customer.attributes.tier")).toBeUndefined();
    expect(ask({})("customer.orders")).toBeUndefined();
  });
  it("know the latest event", () => {
    const known = ask({ event: { name: "guide", properties: { size: "M" } } });
    expect(known("event.name")).toBe("guide");
    expect(known("event.props.size")).toBe("M");
  });
  it("ask the page for the rest", () => {
    expect(ask({})("page.query.a.b")).toBe("page:page.query.a.b");
    expect(ask({})("device")).toBe("page:device");
  });
});

it("tells devices apart", () => {
  expect(device("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Mobile/15E148", 5)).toBe("mobile");
  expect(device("Mozilla/5.0 (Linux; Android 15; Pixel 9) Mobile Safari/537.36", 5)).toBe("mobile");
  expect(device("Mozilla/5.0 (Linux; Android 15; SM-X910) Safari/537.36", 5)).toBe("tablet");
  expect(device("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", 5)).toBe("tablet");
  expect(device("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", 0)).toBe("desktop");
});
