import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Context } from "../../src/core/context";
import { createEngine, type Engine } from "../../src/core/engine";
import { createStore } from "../../src/core/storage";
import { touch } from "../../src/core/visitor";
import type { Candidate } from "../../src/shared/types";
import { element, page } from "./page";

let asked: string[][];
let answer: () => unknown;
let shown: string[];
let targeted: (s: Candidate) => boolean;
let engine: Engine;
let ctx: Context;

const survey = (key: string, trigger: object = { type: "event", name: key }) => ({ key, kind: "on_site", placement: { type: "modal" }, trigger }) as Candidate;
const offer = (key: string) => ({ token: key, survey: { key } });
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const track = (name: string) => ctx.tracked.forEach((heard) => heard(name));

const start = (...surveys: Candidate[]) => {
  const store = createStore("x:", false);
  touch(store, 1);
  Object.assign(page.window.exitpoll.$, {
    config: { gap: 1000, surveys },
    page: () => undefined,
    blocked: () => false,
    evaluate: (rule: unknown) => (targeted(surveys.find((s) => s.targeting === rule)!) ? "yes" : "no"),
    fetch: (_: string, { body }: { body: string }) => {
      asked.push((JSON.parse(body) as { candidates: string[] }).candidates);
      return Promise.resolve({ json: () => Promise.resolve().then(answer) });
    },
  });
  ctx = {
    store,
    told: {},
    off: false,
    started: 0,
    touched: true,
    tracked: new Set(),
    api: (call: string) => `/${call}`,
    facts: () => () => undefined,
    since: () => Date.now(),
  } as unknown as Context;
  const stage = {
    fits: () => true,
    prefetch() {},
    ready: (then: () => void) => then(),
    show(it: { token: string }, trigger: string, begun: () => void) {
      begun();
      shown.push(`${it.token} by ${trigger}`);
    },
  };
  engine = createEngine(ctx, stage, true);
  engine.plan();
};

beforeEach(() => {
  vi.useFakeTimers({ now: 1e12 });
  vi.stubGlobal("location", { href: "https://shop.example/" });
  vi.stubGlobal("navigator", {});
  (page.document as { referrer?: string }).referrer = "";
  [asked, shown] = [[], []];
  answer = () => ({ offers: asked[asked.length - 1]!.map(offer), denied: [] });
  targeted = () => true;
});
afterEach(() => {
  engine.stop();
  // Stopped is stopped: no trigger, no timer.
  expect([engine.armed.size, ctx.tracked.size, page.document.listening, vi.getTimerCount()]).toEqual([0, 0, 0, 0]);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("asks once in advance, and opens at the moment", async () => {
  start(survey("a"), survey("b"));
  await pass(10);
  engine.plan();
  await pass(10);
  expect(asked).toEqual([["a", "b"]]);
  track("b");
  expect(shown).toEqual(["b by event"]);
  track("a");
  expect(shown).toHaveLength(1);
});

it("an event that comes before the answer waits for it", async () => {
  start(survey("a"));
  track("a");
  expect(shown).toEqual([]);
  await pass(10);
  expect(shown).toEqual(["a by event"]);
});

it("asks again what failed, after a while, and not every time it looks", async () => {
  targeted = (s) => s.key === "a";
  answer = () => Promise.reject(new TypeError("offline"));
  start({ ...survey("a"), targeting: {} }, { ...survey("b"), targeting: {} });
  await pass(29_000);
  expect(asked).toEqual([["a"]]);
  answer = () => ({ offers: [offer("a")], denied: [] });
  await pass(2_000);
  expect(asked).toEqual([["a"], ["a"]]);
  track("a");
  expect(shown).toEqual(["a by event"]);
});

it("does not ask again what the server refused, but what was not targeted yet", async () => {
  answer = () => ({ offers: [], denied: [{ survey: "a", reason: "visitor_gap" }, { survey: "b", reason: "not_targeted" }] });
  start(survey("a"), survey("b"));
  await pass(10);
  ctx.told.cart = { value: 1 };
  engine.plan();
  await pass(10);
  expect(asked).toEqual([["a", "b"], ["b"]]);
});

it("looks whether time makes a rule come true", async () => {
  targeted = () => false;
  start(survey("a"));
  await pass(10);
  expect(asked).toEqual([]);
  targeted = () => true;
  await pass(3_000);
  expect(asked).toEqual([["a"]]);
});

it("asks anew for a page seen again as it was", async () => {
  start(survey("a"));
  await pass(10);
  engine.renew();
  await pass(10);
  track("a");
  expect([asked.length, shown]).toEqual([2, ["a by event"]]);
});

it("asks anew when what it was promised has grown old", async () => {
  start(survey("a"));
  await pass(60 * 60_000);
  track("a");
  expect(shown).toEqual([]);
  await pass(10);
  expect([asked.length, shown]).toEqual([2, ["a by event"]]);
});

it("opens nothing that another tab's survey has used up", async () => {
  start(survey("a"));
  await pass(10);
  ctx.store.set("me", { ...ctx.store.get<object>("me"), last: Date.now() });
  track("a");
  expect(shown).toEqual([]);
});

it("what falls due in a hidden tab opens when it is seen; what falls due while typing, after that", async () => {
  start(survey("a"));
  await pass(10);
  page.document.hidden = true;
  track("a");
  page.document.hidden = false;
  page.document.activeElement = element(":read-write,select");
  engine.plan();
  expect(shown).toEqual([]);
  page.document.activeElement = null;
  await pass(3_000);
  expect(shown).toEqual(["a by event"]);
});

it("after an order opens its survey, though another was open on this page", async () => {
  start(survey("a"), survey("thanks", { type: "order" }));
  await pass(10);
  track("a");
  engine.ordered();
  await pass(10);
  expect([asked, shown]).toEqual([[["a"], ["thanks"]], ["a by event", "thanks by order"]]);
});

it("opens nothing once it was switched off", async () => {
  start(survey("a"));
  await pass(10);
  ctx.off = true;
  engine.stop();
  engine.renew();
  await pass(60_000);
  expect([asked.length, shown]).toEqual([1, []]);
});
