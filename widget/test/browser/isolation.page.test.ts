// Pages that are hostile by their styles, their globals, or their shape.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { asked, fresh, host, html, tag, watch, works, type Host, type Watch } from "./host";
import { fake, type Fake } from "./server";
import { launch, leave, leaving, settled } from "./support";

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

const open = async (markup: string, options = {}): Promise<Page> => {
  shop.put("/", markup);
  const page = await fresh(browser, options);
  seen = watch(page);
  await page.goto(shop.url);
  return page;
};

describe("styles", () => {
  const plain = async () => {
    server.live(asked);
    const page = await open(html(tag(server)));
    await page.getByRole("dialog").waitFor();
    return page;
  };
  /** What a reader sees of it: where it lies and how its words look. */
  const look = (page: Page) =>
    page.getByRole("dialog").evaluate(async (dialog) => {
      await Promise.all(dialog.getAnimations().map((a) => a.finished));
      const { x, y, width, height } = dialog.getBoundingClientRect();
      const heading = getComputedStyle(dialog.querySelector("h2")!);
      const { direction, fontSize, fontFamily, color, backgroundColor, textTransform, letterSpacing, filter, cursor } = getComputedStyle(dialog);
      const text = { direction, fontSize, fontFamily, color, backgroundColor, textTransform, letterSpacing, filter, cursor };
      return { x, y, width, height, ...text, heading: [heading.fontSize, heading.fontWeight, heading.color] };
    });

  const sheets: [string, string][] = [
    ["hides everything", "* { all: revert !important; display: none !important } html, body, head ~ body { display: block !important }"],
    ["hides empty boxes", "div:empty, body > div, body > :last-child { display: none !important; visibility: hidden !important; opacity: 0 !important }"],
    ["styles every element", "*, *::before, *::after { font: 900 40px cursive !important; color: lime !important; text-transform: uppercase !important; letter-spacing: 9px !important; cursor: none !important; margin: 20px !important; transform: rotate(9deg) !important; box-sizing: content-box !important } html, body, h1, button { transform: none !important; margin: 0 !important }"],
    ["lays something above everything", "h1::after { content: ''; position: fixed; inset: 0; z-index: 2147483647; background: red; }"],
    ["takes the pointer away", "* { pointer-events: none !important; user-select: none !important; touch-action: none !important }"],
    ["shrinks the root", "html { font-size: 62.5% } body { font-size: 1.4rem; line-height: 3; word-spacing: 1em; text-align: right; text-indent: 50px; white-space: pre }"],
    ["moves and filters the body", "body { transform: translateX(300px) scale(.5); filter: invert(1); perspective: 1px; contain: paint; overflow: hidden; height: 10px; opacity: .1 }"],
    ["owns the names of our properties", ":root, * { --bg: red; --ink: red; --accent: red; --radius: 90px; --pad: 90px; --line: red; --soft: red; --scheme: dark }"],
    ["scrolls in its own way", "html { scroll-behavior: smooth; overflow-y: scroll; height: 100% } body { position: fixed; inset: 0; overflow: auto }"],
  ];
  let bare: Awaited<ReturnType<typeof look>>;
  it("look like this on a plain page", async () => {
    const page = await plain();
    bare = await look(page);
    expect(bare).toMatchObject({ direction: "ltr", fontSize: "16px" });
    await page.context().close();
  });
  it.each(sheets)("a page that %s changes nothing of it", async (_, css) => {
    server.live(asked);
    const page = await open(html(`<style>${css}</style>${tag(server)}`));
    await page.getByRole("dialog").waitFor();
    const found = await look(page);
    // A page with a scroll bar has less room for what is centred.
    expect({ ...found, x: 0 }).toEqual({ ...bare, x: 0 });
    await works(page, server);
    expect(seen.problems).toEqual([]);
    await page.context().close();
  });
  it("reads from left to right on a page that does not, when its own words do", async () => {
    server.live({ ...asked, dir: "ltr" });
    const page = await open(html(`<style>* { direction: rtl; unicode-bidi: bidi-override }</style>${tag(server)}`));
    await page.getByRole("dialog").waitFor();
    expect(await look(page)).toEqual(bare);
    await page.context().close();
  });
  it.each(["slide_in", "bar"] as const)("a %s is above the highest z-index", async (type) => {
    server.live({ ...asked, placement: { type } });
    const page = await open(html(`<style>h1 { position: fixed; inset: 0; z-index: 2147483647; margin: 0; background: pink }</style>${tag(server)}`));
    await works(page, server);
    await page.context().close();
  });
});

describe("globals", () => {
  const before = (script: string) => html(`<script>${script}</script>${tag(server)}`);
  it.each([
    ["Array.prototype has enumerable methods", "Array.prototype.each = function () { throw Error('each') }; Array.prototype.last = 1"],
    ["Object.prototype is polluted", "Object.prototype.extra = function () { throw Error('extra') }; Object.prototype.shuffle = undefined; Object.prototype.go = 'nowhere'"],
    ["String and Function have more methods", "String.prototype.format = () => { throw Error('format') }; Function.prototype.bindAsEventListener = () => { throw Error('bind') }"],
    ["Array.from forgets its second argument", "Array.from = (list) => [].slice.call(list)"],
    ["there is no console", "Object.defineProperty(window, 'console', { value: undefined })"],
    ["requestIdleCallback is not there", "delete window.requestIdleCallback"],
    ["customElements and MutationObserver throw", "window.MutationObserver = window.customElements = undefined"],
    ["Web Locks refuse", "navigator.locks.request = () => Promise.reject(new DOMException('no', 'SecurityError'))"],
    ["there are no Web Locks", "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })"],
    ["there is neither dialog nor popover", "delete HTMLDialogElement.prototype.showModal; delete HTMLElement.prototype.showPopover; delete HTMLElement.prototype.popover"],
  ])("before: %s", async (_, script) => {
    server.live(asked);
    const page = await open(before(script));
    await works(page, server);
    expect(seen.problems).toEqual([]);
    await page.context().close();
  });

  it.each([
    ["fetch throws", "window.fetch = () => { throw Error('fetch') }"],
    ["JSON is replaced", "JSON.parse = JSON.stringify = () => { throw Error('JSON') }"],
    ["Array.from is overwritten", "Array.from = () => { throw Error('from') }"],
    ["Promise is overwritten", "window.Promise = function () { throw Error('Promise') }"],
    ["XMLHttpRequest and sendBeacon are gone", "window.XMLHttpRequest = undefined; navigator.sendBeacon = undefined"],
    ["console throws", "console.log = console.debug = console.info = () => { throw Error('console') }"],
  ])("after: %s", async (_, script) => {
    server.live(leaving);
    // Done by the page itself: what drives the browser needs its globals, too.
    const page = await open(
      html(tag(server), `<button id=spoil>Spoil</button><button id=ask>Ask</button><script>
        spoil.onclick = () => { ${script} };
        ask.onclick = () => exitpoll("show", "why-leaving");</script>`),
    );
    await settled(page);
    await page.getByText("Spoil").click();
    await page.getByText("Ask").click();
    await works(page, server);
    expect(seen.problems).toEqual([]);
    await page.context().close();
  });

  it.each([
    ["fetch throws", "window.fetch = () => { throw Error('fetch') }"],
    ["fetch is gone", "window.fetch = undefined"],
    ["fetch answers nonsense", "window.fetch = () => 7"],
    ["fetch never ends well", "window.fetch = () => Promise.reject(7)"],
    ["URL is gone", "window.URL = undefined"],
  ])("stays silent when it cannot work: %s", async (_, script) => {
    server.live(asked);
    const page = await open(before(`window.before = 1; ${script}`));
    await expect.poll(() => server.paths).toContain("/embed.js");
    await page.evaluate(() => window.exitpoll?.("track", "guide"));
    expect(seen.problems).toEqual([]);
    expect(server.decides).toEqual([]);
    await page.context().close();
  });
});

describe("shapes", () => {
  const page = (at: () => string) => at;
  const late = "const s = document.createElement('script'); s.async = true;";

  it.each([
    ["the tag at the end of the body", page(() => html("", `<h1>Mugs</h1>${tag(server)}`))],
    ["a tag that blocks", page(() => html(tag(server).replace("async", "")))],
    ["a deferred tag", page(() => html(tag(server).replace("async", "defer")))],
    [
      "a tag put in late by a tag manager",
      page(() => html("", `<script>addEventListener("load", () => { ${late} s.src = "${server.polls}/embed.js"; s.setAttribute("data-site", "st_test"); document.head.append(s) })</script>`)),
    ],
    ["two copies of the tag", page(() => html(tag(server) + tag(server), `<h1>Mugs</h1>${tag(server)}`))],
    ["quirks mode", page(() => html(tag(server)).replace("<!doctype html>", ""))],
    ["a page without head and body", page(() => `<title>Shop</title><link rel=icon href=data:,>${tag(server)}<p>Mugs`)],
    ["a base elsewhere", page(() => html(`<base href="https://elsewhere.example/deep/">${tag(server)}`))],
    ["an element of our name", page(() => html(tag(server), "<form id=exitpoll name=exitpoll></form><h1>Mugs</h1>"))],
    ["XHTML", page(() => html(tag(server)).replace("<html", '<html xmlns="http://www.w3.org/1999/xhtml"'))],
  ])("%s", async (_, markup) => {
    server.live(asked);
    const at = await open(markup());
    await works(at, server);
    expect(seen.problems).toEqual([]);
    expect(server.paths.filter((p) => p.endsWith("/config"))).toHaveLength(1);
    expect(server.decides).toHaveLength(1);
    await at.context().close();
  });

  it("a frame has its survey to itself", async () => {
    server.live(asked);
    shop.put("/frame", html(tag(server)));
    const at = await open(html("", '<iframe src="/frame" width="600" height="600"></iframe>'));
    const frame = at.frameLocator("iframe");
    await frame.getByText("Shipping costs too much").click();
    await frame.getByText("Shipping is on us today").waitFor();
    expect(await at.evaluate(() => [window.exitpoll, document.body.children.length])).toEqual([undefined, 1]);
    expect(seen.problems).toEqual([]);
    await at.context().close();
  });

  it("a sandboxed frame without an origin, storage or locks has its survey, too", async () => {
    server.live(asked);
    shop.put("/frame", html(tag(server)));
    const at = await open(html("", '<iframe sandbox="allow-scripts" src="/frame" width="600" height="600"></iframe>'));
    const frame = at.frameLocator("iframe");
    await frame.getByText("Shipping costs too much").click();
    await frame.getByText("Shipping is on us today").waitFor();
    // The browser's own remark: such a frame may not take the focus.
    expect(seen.problems.filter((p) => !/Blocked autofocusing/.test(p))).toEqual([]);
    await at.context().close();
  });

  it("a page's own dialog is not interrupted, but a call opens above it", async () => {
    server.live(leaving);
    const at = await open(html(tag(server), `<h1>Mugs</h1><dialog id=own><p>Choose a size</p><button>Medium</button></dialog><script>own.showModal()</script>`));
    await settled(at);
    const ours = at.getByRole("dialog", { name: "What stopped you" });
    await leave(at);
    await at.waitForFunction((t) => performance.now() > t, (await at.evaluate(() => performance.now())) + 600);
    expect(await ours.count()).toBe(0);
    await at.evaluate(() => window.exitpoll!("show", "why-leaving"));
    await ours.waitFor();
    await at.getByText("Shipping costs too much").click();
    await at.keyboard.press("Escape");
    await expect.poll(() => at.getByRole("dialog", { name: "Shipping is on us" }).count()).toBe(0);
    expect(await at.evaluate(() => document.querySelector<HTMLDialogElement>("#own")!.open)).toBe(true);
    expect(seen.problems).toEqual([]);
    await at.context().close();
  });

  it.each([
    ["the usual stub", "window.exitpoll = window.exitpoll || function () { (exitpoll.q = exitpoll.q || []).push(arguments) }; exitpoll('show', 'why-leaving')"],
    ["a stub with arrays", "window.exitpoll = (...call) => (exitpoll.q = exitpoll.q || []).push(call); exitpoll('show', 'why-leaving')"],
    ["a stub with its queue at hand", "window.exitpoll = function () { window.exitpoll.q.push(arguments) }; exitpoll.q = []; exitpoll('show', 'why-leaving')"],
    ["a stub that is kept elsewhere", "const ep = window.exitpoll = function () { (ep.q = ep.q || []).push(arguments) }; setTimeout(() => ep('show', 'why-leaving'), 900)"],
    ["a stub that was never called", "window.exitpoll = function () { (exitpoll.q = exitpoll.q || []).push(arguments) }; setTimeout(() => exitpoll('show', 'why-leaving'), 900)"],
    ["calls that make no sense among those that do", "window.exitpoll = function () { (exitpoll.q = exitpoll.q || []).push(arguments) }; exitpoll(); exitpoll('nonsense'); exitpoll('toString'); exitpoll('cart'); exitpoll('order', null); exitpoll('identify', 7); exitpoll('on'); exitpoll('show', 'why-leaving')"],
  ])("%s", async (_, script) => {
    server.live(leaving);
    const at = await open(html(`<script>${script}</script>${tag(server)}`));
    await works(at, server);
    expect(seen.problems).toEqual([]);
    await at.context().close();
  });
});
