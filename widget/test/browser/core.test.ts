import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Trigger } from "../../src/shared/types";
import { fake, type Fake } from "./server";
import { context, launch, leaving, score, settled } from "./support";

let server: Fake;
let browser: Browser;
let shopper: BrowserContext;
let errors: string[];

beforeAll(async () => {
  [server, browser] = await Promise.all([fake(), launch()]);
});
afterAll(async () => {
  await browser.close();
  server.close();
});
beforeEach(() => {
  server.reset();
  errors = [];
});
afterEach(async () => {
  await shopper.close();
  expect(errors).toEqual([]);
});

/** A page of the shop in a fresh browser; `before` runs ahead of it. */
const visit = async (path = "/", options: object = {}, before: string | (() => void) = ""): Promise<Page> => {
  shopper = await context(browser, options);
  await shopper.addInitScript(before);
  const page = await shopper.newPage();
  page.on("pageerror", (e) => errors.push(String(e)));
  await page.goto(server.shop + path);
  return page;
};
const dialog = (page: Page) => page.getByRole("dialog");
const asked = (times = 1) => expect.poll(() => server.decides.length).toBe(times);
const stored = (page: Page, key: string) => page.evaluate((k) => JSON.parse(localStorage.getItem(`exitpoll:st_test:${k}`)!) as never, key);
/** A survey that comes at this moment. */
const at = (trigger: Trigger) => ({ ...leaving, key: trigger.type, kind: "on_site", trigger });

const PHONE = {
  viewport: { width: 390, height: 700 },
  hasTouch: true,
  isMobile: true,
  userAgent: "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36",
};

describe("moments", () => {
  it("on a phone: the page thrown back up after reading", async () => {
    // Slow enough for a busy machine; the unit tests know the real speeds.
    server.live({ ...leaving, trigger: { ...leaving.trigger!, scroll_speed: 100 } });
    server.page.head = '<meta name="viewport" content="width=device-width">';
    const page = await visit("/", PHONE);
    await settled(page);
    const client = await shopper.newCDPSession(page);
    const swipe = async (from: number, to: number) => {
      const touch = (type: "touchStart" | "touchMove" | "touchEnd", y?: number) =>
        client.send("Input.dispatchTouchEvent", { type, touchPoints: y === undefined ? [] : [{ x: 200, y }] });
      await touch("touchStart", from);
      for (let step = 1; step <= 10; step++) await touch("touchMove", from + ((to - from) * step) / 10);
      await touch("touchEnd");
    };
    await swipe(650, 50);
    await swipe(650, 50);
    // A script that goes up the same way is nobody's wish to leave.
    await client.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: 200, y: 300 }] });
    await client.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await page.evaluate(async () => {
      for (const top of [900, 600, 300, 0, 1200]) {
        scrollTo({ top, behavior: "instant" });
        await new Promise(requestAnimationFrame);
      }
    });
    expect(await dialog(page).count()).toBe(0);
    await swipe(100, 600);
    await dialog(page).waitFor();
    expect(server.decides[0]).toMatchObject({ device: "mobile" });
  });

  it("a delay goes on where the last page left it", async () => {
    server.live(at({ type: "delay", seconds: 60 }));
    const page = await visit();
    await settled(page);
    const { since } = (await stored(page, "me")) as { since: { delay: number } };
    expect(Math.abs(Date.now() - since.delay)).toBeLessThan(20_000);
    // As if the first page had been read for a minute.
    await page.evaluate(() => {
      const key = "exitpoll:st_test:me";
      const me = JSON.parse(localStorage.getItem(key)!) as { since: { delay: number } };
      me.since.delay -= 60_000;
      localStorage.setItem(key, JSON.stringify(me));
    });
    await page.goto(`${server.shop}/two`);
    await dialog(page).waitFor();
  });

  it("a depth the shopper scrolls to", async () => {
    server.live(at({ type: "scroll", percent: 50 }));
    const page = await visit();
    await settled(page);
    await page.evaluate(() => scrollTo(0, 1e6));
    expect(await dialog(page).count()).toBe(0);
    await page.mouse.move(300, 300);
    await page.mouse.wheel(0, -100);
    await dialog(page).waitFor();
  });

  it("a click, in a shadow root and on a link that goes on working", async () => {
    server.live(at({ type: "click", selector: "#help" }));
    const page = await visit();
    await settled(page);
    await page.evaluate(() => {
      const root = document.body.appendChild(document.createElement("shop-menu")).attachShadow({ mode: "open" });
      const link = root.appendChild(document.createElement("a"));
      Object.assign(link, { id: "help", href: "#faq", textContent: "Help" });
      link.addEventListener("click", (e) => e.stopPropagation());
    });
    await page.getByText("Help").click();
    await dialog(page).waitFor();
    expect(await page.evaluate(() => location.hash)).toBe("#faq");
  });

  it("the page itself, but not where the site says no; after an order there too", async () => {
    server.config.block = ["*/payment*"];
    server.live(at({ type: "page_view" }));
    server.live(score);
    const page = await visit("/checkout/payment?step=2");
    await page.evaluate(() => window.exitpoll!("cart", { value: 100, currency: "EUR" }));
    await expect.poll(() => server.types()).toEqual(["cart.updated"]);
    expect(server.decides).toEqual([]);
    await page.evaluate(() => window.exitpoll!("order", { id: "1001", value: 100, currency: "EUR" }));
    await page.getByRole("heading", { name: "How likely" }).waitFor();
    await page.goto(`${server.shop}/cart`);
    await expect.poll(() => server.decides.map((d) => d["candidates"])).toEqual([["score"]]);
  });

  it.each([
    ["modal", "anything is typed", "#search"],
    ["slide_in", "a card is entered", "#card"],
    ["slide_in", "the payment provider's frame is in use", "iframe"],
  ] as const)("wait: a %s while %s", async (type, _, field) => {
    server.page.body += '<input id="card" autocomplete="billing cc-number" aria-label="Card"><iframe srcdoc="<input autofocus>"></iframe>';
    server.live({ ...at({ type: "event", name: "now" }), placement: { type } });
    const page = await visit();
    await settled(page);
    await page.locator(field).focus();
    await page.evaluate(() => window.exitpoll!("track", "now"));
    expect(await dialog(page).count()).toBe(0);
    expect(await page.evaluate(() => window.exitpoll!.$!.engine!.offers.size)).toBe(1);
    await page.locator("#buy").focus();
    await dialog(page).waitFor();
  });
});

describe("a shop that changes pages by itself", () => {
  it.each([
    ["with the Navigation API", ""],
    ["without it", "Object.defineProperty(window, 'navigation', { value: undefined })"],
  ])("is followed, %s", async (_, before) => {
    server.live(at({ type: "page_view" }), { targeting: { field: "page.path", op: "eq", value: "/cart" } });
    const page = await visit("/", {}, before);
    await expect.poll(() => server.paths).toContain("/v1/st_test/config");
    expect(server.paths).not.toContain("/assets/core.test.js");
    await page.evaluate(() => history.pushState({}, "", "/cart"));
    await dialog(page).waitFor();
  });
});

describe("an error inside", () => {
  it("takes the script off the page view, and is reported once", async () => {
    server.live({ ...leaving, questions: [] });
    const page = await visit();
    await settled(page);
    await page.evaluate(() => window.exitpoll!("show", "why-leaving"));
    await expect.poll(() => server.types()).toContain("widget.error");
    expect(server.events.find((e) => e.type === "widget.error")).toMatchObject({
      message: "Error: a survey without questions",
      where: "ui",
      page: { url: `${server.shop}/` },
    });
    server.surveys.set("why-leaving", leaving);
    await page.evaluate(() => window.exitpoll!("show", "why-leaving"));
    await page.evaluate(() => window.exitpoll!("order", { id: "1", value: 1, currency: "EUR" }));
    // What the shop reports is still passed on.
    await expect.poll(() => server.types()).toContain("order.completed");
    expect(await dialog(page).count()).toBe(0);
    expect(server.types().filter((type) => type === "widget.error")).toHaveLength(1);
    expect(await page.evaluate(() => window.exitpoll!.$!.engine!.offers.size)).toBe(0);
  });
});

describe("an interrupted survey", () => {
  const note = () => {
    const resumed: unknown[] = [];
    Object.assign(window, { resumed });
    Object.defineProperty(Object.prototype, "resume", {
      configurable: true,
      get: () => (saved: { trigger: string }) => resumed.push(saved.trigger),
      set() {},
    });
  };
  const resumed = (page: Page) => page.evaluate(() => (window as unknown as { resumed: string[] }).resumed);
  const interrupt = async (page: Page, session?: string) =>
    page.evaluate(
      ([offer, other]) => {
        const { session } = JSON.parse(localStorage.getItem("exitpoll:st_test:me")!) as { session: string };
        localStorage.setItem("exitpoll:st_test:resume", JSON.stringify({ session: other || session, at: Date.now(), offer, trigger: "delay" }));
      },
      [{ token: "t", survey: leaving }, session] as const,
    );

  it("is handed to the UI on the next page of the session, if it is still live", async () => {
    server.live(leaving);
    const page = await visit("/", {}, note);
    await settled(page);
    await interrupt(page);
    await page.reload();
    await expect.poll(() => resumed(page)).toEqual(["delay"]);
    server.config.surveys = [];
    server.live(score, { trigger: { type: "event", name: "x" } });
    await page.reload();
    await settled(page);
    expect(await resumed(page)).toEqual([]);
  });
});

describe("the page around it", () => {
  it("may demand trusted types, and move every address", async () => {
    server.page.headers = {
      "content-security-policy": `require-trusted-types-for 'script'; trusted-types 'none'; script-src 'nonce-abc' 'strict-dynamic'`,
    };
    server.page.attributes = 'nonce="abc"';
    server.page.head = '<base href="https://elsewhere.example/">';
    server.live(leaving);
    const page = await visit();
    await settled(page);
    await page.evaluate(() => window.exitpoll!("show", "why-leaving"));
    await dialog(page).waitFor();
  });

  it("may have changed everything, later", async () => {
    server.live(leaving);
    const page = await visit("/", {}, () => {
      Object.assign(Object.prototype, { page: "polluted", each() {}, cart: 1 });
      Object.assign(Array.prototype, { last() {} });
      window.addEventListener("load", () => {
        window.fetch = () => {
          throw new Error("patched");
        };
      });
    });
    await settled(page);
    await page.evaluate(() => (JSON.stringify = JSON.parse = () => "patched"));
    await page.evaluate(() => {
      window.exitpoll!("show", "why-leaving");
    });
    await page.getByText("Shipping costs too much").click();
    await expect.poll(() => server.types()).toEqual(["survey.shown", "survey.answered", "survey.completed"]);
  });

  it("may carry the tag twice, and an element of the same name", async () => {
    server.page.head = `<script async src="${server.polls}/embed.js" data-site="st_test"></script>`;
    server.page.body = '<div id="exitpoll"></div>';
    server.live(leaving);
    const page = await visit();
    await settled(page);
    await page.evaluate(() => window.exitpoll!("show", "why-leaving"));
    await dialog(page).waitFor();
    expect(server.paths.filter((path) => path.endsWith("/config"))).toHaveLength(1);
  });

  it("hears of it in its data layer, without the answers", async () => {
    server.page.attributes = 'data-datalayer="on"';
    server.live(leaving);
    const page = await visit();
    await settled(page);
    await page.evaluate(() => window.exitpoll!("show", "why-leaving"));
    await page.getByText("Shipping costs too much").click();
    await page.getByText("Shipping is on us today").waitFor();
    const layer = await page.evaluate(() => window.dataLayer);
    expect(layer).toEqual(["shown", "answered", "completed"].map((what) => ({ event: `exitpoll_${what}`, exitpoll: expect.objectContaining({ survey: "why-leaving" }) as unknown })));
    expect(JSON.stringify(layer)).not.toContain("shipping");
  });
});

describe("privacy", () => {
  const spy = () => {
    const written: string[] = [];
    Object.assign(window, { written });
    const { setItem } = Storage.prototype;
    Storage.prototype.setItem = function (key, value) {
      written.push(key);
      setItem.call(this, key, value);
    };
  };
  const written = (page: Page) => page.evaluate(() => (window as unknown as { written: string[] }).written.length);

  it("a refusal that waits in the queue comes before the first thing stored", async () => {
    server.page.head = '<script>exitpoll = function () { (exitpoll.q = exitpoll.q || []).push(arguments) }; exitpoll("cart", {value: 1}); exitpoll("consent", "denied")</script>';
    const page = await visit("/", {}, spy);
    await expect.poll(() => server.types()).toEqual(["cart.updated"]);
    expect(await written(page)).toBe(0);
  });

  it("the browser's signal keeps everything in memory, until consent says more", async () => {
    server.live(leaving);
    const page = await visit("/", {}, () => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }));
    await asked();
    expect(server.decides[0]).toMatchObject({ gpc: true });
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
    await page.evaluate(() => window.exitpoll!("consent", "granted"));
    expect(await page.evaluate(() => localStorage.length)).toBeGreaterThan(0);
  });

  it("reset comes after what was reported before it", async () => {
    const page = await visit();
    await page.evaluate(() => {
      window.exitpoll!("order", { id: "1", value: 1, currency: "EUR" });
    });
    await expect.poll(() => server.types()).toEqual(["order.completed"]);
    await page.evaluate(() => {
      window.exitpoll!("track", "logout");
      window.exitpoll!("reset");
    });
    await expect.poll(() => server.types()).toEqual(["order.completed", "custom"]);
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
  });
});

describe("a shop's own cart", () => {
  const carts = () => server.events.filter((e) => e.type === "cart.updated").map((e) => e["cart"]);

  it("is read from Shopify, again when the page changed it, and once when it is empty", async () => {
    server.page.attributes = 'data-cart="shopify"';
    let items: object[] = [];
    shopper = await context(browser);
    await shopper.route("**/cart.js", (route) =>
      route.fulfill({ json: { token: "t", currency: "EUR", total_price: items.length * 1490, items } }),
    );
    await shopper.route("**/cart/*", (route) => route.fulfill({ json: {} }));
    const page = await shopper.newPage();
    const read = page.waitForResponse("**/cart.js");
    await page.goto(server.shop);
    await read;
    const change = (path: string, now: object[]) => {
      items = now;
      return page.evaluate((p) => fetch(p, { method: "POST" }).then(() => undefined), path);
    };
    await change("/cart/add", [{ product_id: 9, title: "Mug", quantity: 1, final_price: 1490 }]);
    await expect.poll(carts).toEqual([
      { token: "t", value: 1490, currency: "EUR", items: [{ id: "9", name: "Mug", quantity: 1, price: 1490 }], checkout_url: `${server.shop}/cart` },
    ]);
    await change("/cart/clear.js", []);
    await expect.poll(() => carts().length).toBe(2);
    expect(carts()[1]).toMatchObject({ value: 0, items: [] });
  });

  it("is read from WooCommerce's Store API, which is left alone while there is none", async () => {
    server.page.attributes = 'data-cart="woocommerce"';
    let reads = 0;
    shopper = await context(browser);
    await shopper.route("**/wp-json/wc/store/v1/cart", (route) => {
      reads++;
      return route.fulfill({
        json: {
          items: [{ id: 81, name: "Mug", quantity: 2, prices: { price: "4225", currency_minor_unit: 2 } }],
          totals: { total_price: "8450", currency_code: "EUR", currency_minor_unit: 2 },
        },
      });
    });
    await shopper.route("**/wp-json/wc/store/v1/cart/add-item", (route) => route.fulfill({ json: {} }));
    const page = await shopper.newPage();
    await page.goto(server.shop);
    await expect.poll(() => server.paths).toContain("/assets/carts.test.js");
    await page.evaluate(() => {
      document.cookie = "woocommerce_items_in_cart=1";
      return fetch("/wp-json/wc/store/v1/cart/add-item", { method: "POST" }).then(() => undefined);
    });
    await expect.poll(carts).toEqual([{ value: 8450, currency: "EUR", items: [{ id: "81", name: "Mug", quantity: 2, price: 4225 }] }]);
    expect(reads).toBe(1);
  });
});
