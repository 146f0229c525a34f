import { describe, expect, it } from "vitest";
import { createStore } from "../../src/core/storage";
import { touch } from "../../src/core/visitor";
import { disk } from "./disk";

const blocked = (): Storage => {
  throw new Error("denied");
};

describe("storage", () => {
  it("keeps values for the next page", () => {
    const shared = disk();
    createStore("x:", true, () => shared).set("a", { n: 1 });
    expect(createStore("x:", true, () => shared).get("a")).toEqual({ n: 1 });
  });
  it("falls back to memory when the browser refuses", () => {
    const store = createStore("x:", true, blocked);
    store.set("a", 1);
    expect(store.get("a")).toBe(1);
    expect(store.lasting()).toBe(false);
  });
  it("writes nothing before consent, all of it after", () => {
    const shared = disk();
    const store = createStore("x:", false, () => shared);
    store.set("a", 1);
    expect(Object.keys(shared)).toEqual([]);
    store.allow();
    expect(shared.getItem("x:a")).toBe("1");
  });
  it("prefers what an earlier visit left", () => {
    const shared = disk();
    shared.setItem("x:a", '"old"');
    const store = createStore("x:", false, () => shared);
    store.set("a", "new");
    store.allow();
    expect(store.get("a")).toBe("old");
  });
  it("leaves no trace once denied, and not a word of others", () => {
    const shared = disk();
    shared.setItem("cart", "theirs");
    const store = createStore("x:", true, () => shared);
    store.set("a", 1);
    store.deny();
    expect(Object.keys(shared)).toEqual(["cart"]);
    expect(store.get("a")).toBe(1);
  });
});

describe("visitor", () => {
  it("starts a session after half an hour of silence", () => {
    const store = createStore("x:", false);
    const first = touch(store, 1, 0);
    expect(touch(store, 1, 29 * 60_000)).toMatchObject({ session: first.session, visits: 1, pages: 2 });
    const later = touch(store, 1, 60 * 60_000);
    expect(later).toMatchObject({ visitor: first.visitor, visits: 2, pages: 1 });
    expect(later.session).not.toBe(first.session);
  });
  it("survives a clock set back", () => {
    const store = createStore("x:", false);
    touch(store, 1, 1e12);
    expect(touch(store, 1, 0)).toMatchObject({ visits: 2, started: 0 });
  });
});
