// What it leaves on a page: one global, no cookie, no foreign request, passive listeners, and after a reset next to nothing.
import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { asked, fresh, host, html, tag, watch, works, type Host, type Watch } from "./host";
import { fake, type Fake } from "./server";
import { launch, leave, leaving, score, settled } from "./support";

interface Listening {
  target: string;
  type: string;
  passive: boolean;
}
declare global {
  interface Window {
    spy: { names: string[]; natives: [string, unknown][]; listening(): Listening[]; timers(): number; cookies: string[] };
  }
}

let server: Fake;
let shop: Host;
let browser: Browser;
let seen: Watch;

beforeAll(async () => {
  [server, shop, browser] = await Promise.all([fake(), host(), launch()]);
});
afterAll(async () => {
  await browser.close();
  shop.close();
  server.close();
});
beforeEach(() => server.reset());

/** Notes what scripts of the survey server do to the page: whoever they call is told by the stack. */
const spy = (polls: string): string => `<script>(() => {
  const ours = () => new Error().stack.includes(${JSON.stringify(polls)});
  const live = [], timers = new Set(), cookies = [];
  const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
  const name = (t) => t === window ? "window" : t === document ? "document" : t === window.navigation ? "navigation" : t?.getRootNode?.() === document && !t.shadowRoot ? "page" : t instanceof Node ? "inside" : Object.prototype.toString.call(t);
  EventTarget.prototype.addEventListener = function (type, fn, options) {
    if (ours()) live.push({ target: this || window, type, fn, capture: !!(options?.capture ?? options), passive: !!options?.passive });
    return add.apply(this || window, arguments);
  };
  EventTarget.prototype.removeEventListener = function (type, fn, options) {
    const i = live.findIndex((l) => l.target === (this || window) && l.type === type && l.fn === fn && l.capture === !!(options?.capture ?? options));
    if (i >= 0) live.splice(i, 1);
    return remove.apply(this || window, arguments);
  };
  const { setTimeout: start, clearTimeout: stop, setInterval: every } = window;
  window.setTimeout = (fn, ms, ...rest) => {
    if (!ours()) return start(fn, ms, ...rest);
    const id = start(() => { timers.delete(id); fn(...rest) }, ms);
    timers.add(id);
    return id;
  };
  window.clearTimeout = (id) => { timers.delete(id); stop(id) };
  window.setInterval = (fn, ms, ...rest) => { const id = every(fn, ms, ...rest); if (ours()) timers.add(id); return id };
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  Object.defineProperty(document, "cookie", { get: () => cookie.get.call(document), set: (v) => void cookies.push(v) });
  const natives = () => [window, Array, Array.prototype, Object, Object.prototype, String.prototype, Promise, Promise.prototype, JSON, history, navigator, Element.prototype, Document.prototype, EventTarget.prototype, History.prototype, Storage.prototype, XMLHttpRequest.prototype]
    .flatMap((o) => Object.entries(Object.getOwnPropertyDescriptors(o)).filter(([, d]) => typeof (d.value ?? d.set) === "function").map(([k, d]) => [k, d.value ?? d.set]));
  window.spy = { cookies, listening: () => live.map(({ target, type, passive }) => ({ target: name(target), type, passive })), timers: () => timers.size };
  window.spy.natives = natives();
  window.spy.changed = () => { const now = natives(); return window.spy.natives.filter(([k, v]) => !now.some(([l, w]) => k === l && v === w)).map(([k]) => k) };
  window.spy.names = Object.getOwnPropertyNames(window);
})()</script>`;

const open = async (body?: string): Promise<Page> => {
  shop.put("/", html(spy(server.polls) + tag(server), body));
  const page = await fresh(browser);
  seen = watch(page);
  await page.goto(shop.url);
  return page;
};

it("one global, no cookie, no foreign request, no message, and every native as it was", async () => {
  server.live(asked);
  const page = await open();
  await works(page, server);
  await page.keyboard.press("Escape");
  await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
  const found = await page.evaluate(() => ({
    names: Object.getOwnPropertyNames(window).filter((n) => !window.spy.names.includes(n) && !/^(__|playwright)/.test(n)),
    changed: (window.spy as unknown as { changed(): string[] }).changed(),
    cookies: window.spy.cookies,
  }));
  expect(found).toEqual({ names: ["exitpoll"], changed: [], cookies: [] });
  expect(await page.context().cookies()).toEqual([]);
  expect(seen.problems).toEqual([]);
  const origins = new Set(seen.requests.filter((r) => !r.startsWith("data:")).map((r) => new URL(r).origin));
  expect([...origins].sort()).toEqual([shop.url, server.polls].sort());
  await page.context().close();
});

it("listens passively, and never to the page's end", async () => {
  server.live(leaving);
  server.live({ ...score, trigger: { type: "event", name: "guide" } });
  const page = await open();
  await settled(page);
  await leave(page);
  await page.getByRole("dialog").waitFor();
  const listening = await page.evaluate(() => window.spy.listening());
  expect(listening.length).toBeGreaterThan(5);
  expect(listening.filter((l) => /unload/.test(l.type))).toEqual([]);
  // Inside its own box it may prevent: Escape closes the survey and nothing else. Navigation's news cannot be prevented.
  expect(listening.filter((l) => !/^(inside|navigation)$/.test(l.target) && !l.passive)).toEqual([]);
  await page.context().close();
});

it("takes every trigger, timer and element away on reset", async () => {
  server.live(leaving);
  const page = await open();
  await settled(page);
  const shape = () => page.evaluate(() => [...document.body.children].map((e) => e.tagName));
  const before = await shape();
  await page.evaluate(() => window.exitpoll!("show", "why-leaving"));
  await page.getByRole("dialog").waitFor();
  await expect.poll(() => server.types()).toContain("survey.shown");
  await page.evaluate(() => window.exitpoll!("reset"));
  expect(await shape()).toEqual(before);
  expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
  const left = await page.evaluate(() => window.spy.listening().filter((l) => l.target !== "inside"));
  // Whether the page was touched is still noted: a router may begin a new page view.
  const kept = /^(load|pagehide|pageshow|visibilitychange|online|focus|blur|popstate|navigatesuccess|wheel|pointerdown|keydown|touchstart)$/;
  expect(left.filter((l) => !kept.test(l.type))).toEqual([]);
  await expect.poll(() => page.evaluate(() => window.spy.timers())).toBe(0);
  // And nothing comes back by itself.
  await leave(page);
  await page.waitForFunction((t) => performance.now() > t, (await page.evaluate(() => performance.now())) + 600);
  expect(await page.getByRole("dialog").count()).toBe(0);
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
  await page.context().close();
});

it("lets the page into the back/forward cache, armed and with a survey answered", async () => {
  server.live(asked);
  // Playwright switches the cache off; shoppers have it.
  const cached = await chromium.launch({
    executablePath: process.env["CHROMIUM"] || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
  try {
    shop.put("/", html(`<script>addEventListener("pageshow", (e) => fetch("/told", { method: "POST", body: e.persisted ? "restored" : "loaded" }))</script>${tag(server)}`));
    shop.put("/next", html('<script>addEventListener("load", () => setTimeout(() => history.back(), 100))</script>'));
    const page = await fresh(cached);
    await page.goto(shop.url);
    await works(page, server);
    // Driven from the pages themselves: what drives the browser loses sight of a page in the cache.
    await page.evaluate(() => void (location.href = "/next"));
    await expect.poll(() => shop.told).toEqual(["loaded", "restored"]);
  } finally {
    await cached.close();
  }
});
