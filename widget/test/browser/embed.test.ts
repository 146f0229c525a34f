// docs/embed.md is true: its snippets run as they are printed, with the addresses filled in.
import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { asked, fresh, host, html, tag, watch, works, type Host, type Watch } from "./host";
import { fake, type Fake } from "./server";
import { launch, leaving, score } from "./support";

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

const text = readFileSync(new URL("../../../docs/embed.md", import.meta.url), "utf8");

/** The nth block of code in this language under this heading. */
const snippet = (heading: string, language: string, n = 0): string => {
  const section = text.split(/^## /m).find((s) => s.startsWith(`${heading}\n`));
  const found = [...(section ?? "").matchAll(/^ *```(\w+)\n([\s\S]*?)^ *```$/gm)].filter((m) => m[1] === language)[n]?.[2];
  if (!found) throw new Error(`no ${language} block ${n} under "${heading}"`);
  return found.replaceAll("https://polls.example.com", server.polls).replaceAll("st_…", "st_test");
};

const open = async (markup: string, headers: Record<string, string> = {}): Promise<Page> => {
  shop.put("/", markup, headers);
  const page = await fresh(browser);
  seen = watch(page);
  await page.goto(shop.url);
  return page;
};
const fine = async (page: Page) => {
  expect(seen.problems).toEqual([]);
  await page.context().close();
};
const sent = (type: string) => expect.poll(() => server.events.find((e) => e.type === type));

it("the tag", async () => {
  server.live(asked);
  const page = await open(html(snippet("Plain HTML", "html")));
  await works(page, server);
  await fine(page);
});

it("the stub, and the order on the confirmation page", async () => {
  server.live(score);
  const page = await open(html(snippet("Plain HTML", "html", 1) + snippet("Plain HTML", "html", 2) + tag(server)));
  await page.getByRole("dialog").waitFor();
  await sent("order.completed").toMatchObject({ order: { id: "1001", value: 4990, currency: "EUR", new_customer: true } });
  await fine(page);
});

it("WooCommerce's order, whatever decimals its currency has", async () => {
  const script = /<script>\n(\(function[\s\S]*?)<\/script>/.exec(snippet("WooCommerce", "php"))![1]!;
  for (const [currency, total, value] of [["EUR", 49.9, 4990], ["JPY", 4990, 4990], ["KWD", 4.99, 4990]] as const) {
    server.reset();
    const facts = JSON.stringify({ id: "727", total, currency, email: "zoe@buyer.example", items: [{ id: "81", name: "Mug", quantity: 2 }] });
    const page = await open(html(`<script>${script.replace(/<\?php.*?\?>/, facts)}</script>${tag(server)}`));
    await sent("order.completed").toMatchObject({ order: { id: "727", value, currency, email: "zoe@buyer.example" } });
    await fine(page);
  }
});

it("the tag manager's element, and what it hears in return", async () => {
  server.live(asked);
  const page = await open(html(`<script>dataLayer = []</script>${snippet("Google Tag Manager", "html")}`));
  await works(page, server);
  const heard = await page.evaluate(() => (window as unknown as { dataLayer: unknown[] }).dataLayer);
  expect(heard).toMatchObject([
    { event: "exitpoll_shown", exitpoll: { survey: "why-leaving" } },
    { event: "exitpoll_answered", exitpoll: { survey: "why-leaving" } },
    { event: "exitpoll_completed", exitpoll: { survey: "why-leaving" } },
  ]);
  await fine(page);
});

it("the tag manager's order", async () => {
  const pushed = {
    event: "purchase",
    ecommerce: { transaction_id: 1001, value: 49.9, currency: "EUR", items: [{ item_id: "mug", item_name: "Mug", price: 24.95, quantity: 2 }] },
  };
  const page = await open(html(`<script>dataLayer = [{ event: "gtm.js" }, ${JSON.stringify(pushed)}]</script>${snippet("Google Tag Manager", "html", 1)}${tag(server)}`));
  await sent("order.completed").toMatchObject({
    order: { id: "1001", value: 4990, currency: "EUR", items: [{ id: "mug", name: "Mug", quantity: 2, price: 2495 }] },
  });
  await fine(page);
});

it("an app's module", async () => {
  const module = snippet("Single-page apps", "js");
  const page = await open(html(`${tag(server)}<script type="module">${module}; exitpoll('cart', {token: 'c1', value: 4990}); exitpoll('cart', {token: 'c1', value: 2495})</script>`));
  await expect.poll(() => server.events.map((e) => (e["cart"] as { value: number }).value)).toEqual([4990, 2495]);
  await fine(page);
});

it("a change of address by a router is a new page view", async () => {
  server.live({ ...asked, key: "sizes" }, { targeting: { field: "page.path", op: "eq", value: "/sizes" } });
  const page = await open(html(tag(server)));
  await expect.poll(() => server.paths).toContain("/v1/st_test/config");
  expect(server.decides).toEqual([]);
  await page.evaluate(() => history.pushState(null, "", "/sizes"));
  await page.getByRole("dialog").waitFor();
  await fine(page);
});

it("every call says what the table says", async () => {
  const page = await open(html(`${snippet("Plain HTML", "html", 1)}${tag(server)}`));
  await page.evaluate(() => {
    const call = window.exitpoll!;
    call("identify", { id: "7", email: "zoe@buyer.example" });
    call("cart", { token: "c1", value: 4990, items: 2 });
    call("checkout");
    call("track", "viewed_size_guide", { size: "M" });
    call("order", { id: "1001", value: 4990 });
  });
  await expect.poll(() => server.types()).toEqual(["customer.identified", "cart.updated", "checkout.started", "custom", "order.completed"]);
  expect(server.events).toMatchObject([
    { customer: { id: "7", email: "zoe@buyer.example" } },
    { cart: { token: "c1", value: 4990, items: 2 } },
    { cart: { token: "c1", value: 4990, items: 2 } },
    { name: "viewed_size_guide", properties: { size: "M" } },
    { order: { id: "1001", value: 4990 } },
  ]);
  await fine(page);
});

it("happenings, with what the table says of each", async () => {
  server.live(leaving);
  const page = await open(html(`${snippet("Plain HTML", "html", 1)}<script>${snippet("Happenings", "js")}
    heard = []; ["shown", "answered", "completed", "dismissed"].forEach((name) => exitpoll("on", name, (detail) => heard.push([name, detail])));
    exitpoll("show", "why-leaving")</script>${tag(server)}`));
  const logged: unknown[] = [];
  page.on("console", (m) => void Promise.all(m.args().map((a) => a.jsonValue())).then((args) => logged.push(args)));
  await page.getByText("The price is too high").click();
  await page.getByRole("textbox").waitFor();
  await page.keyboard.press("Escape");
  const survey = "why-leaving";
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { heard: unknown[] }).heard))
    .toEqual([
      ["shown", { survey }],
      ["answered", { survey, answers: { reason: { choice: "price" } } }],
      ["dismissed", { survey, by: "escape" }],
    ]);
  expect(logged).toContainEqual([survey, { reason: { choice: "price" } }]);
  await fine(page);
});

it("an inline survey stands in its element, and without one stays away", async () => {
  const inline = { ...asked, key: "how-was-it", placement: { type: "inline" } } as const;
  server.live(inline);
  const page = await open(html(tag(server), `<h1>Mugs</h1>${snippet("Inline surveys", "html")}<p>Below</p>`));
  await page.getByRole("region").waitFor();
  expect(await page.locator("[data-exitpoll]").evaluate((e) => !!e.firstElementChild?.shadowRoot)).toBe(true);
  await fine(page);
  server.reset();
  server.live(inline);
  const without = await open(html(tag(server)));
  await expect.poll(() => server.paths).toContain("/v1/st_test/config");
  await without.waitForFunction(() => performance.now() > 1500);
  expect(server.decides).toEqual([]);
  await fine(without);
});

it("the policy, with addresses and with a nonce", async () => {
  const policy = snippet("Content security policy", "text").trim().split("\n").join("; ");
  server.live(asked);
  const page = await open(html(tag(server)), { "content-security-policy": `default-src 'none'; img-src data:; ${policy}` });
  await works(page, server);
  await fine(page);
  server.reset();
  server.live(asked);
  const nonced = await open(html(snippet("Content security policy", "html").replace("…", "abc")), {
    "content-security-policy": `default-src 'none'; img-src data:; script-src 'nonce-abc'; connect-src ${server.polls}`,
  });
  await works(nonced, server);
  await fine(nonced);
});

it("consent managers", async () => {
  server.config.storage = "consent";
  server.live(leaving);
  const page = await open(html(snippet("Consent", "html") + tag(server)));
  const stored = () => page.evaluate(() => localStorage.length);
  await expect.poll(() => page.evaluate(() => !!window.exitpoll?.$?.ctx)).toBe(true);
  expect(await stored()).toBe(0);
  await page.evaluate(() => {
    Object.assign(window, { Cookiebot: { consent: { preferences: true } } });
    window.dispatchEvent(new Event("CookiebotOnAccept"));
  });
  expect(await stored()).toBeGreaterThan(0);
  await page.evaluate(() => window.dispatchEvent(new Event("CookiebotOnDecline")));
  expect(await stored()).toBe(0);
  const oneTrust = (...detail: string[]) => page.evaluate((groups) => void window.dispatchEvent(new CustomEvent("OneTrustGroupsUpdated", { detail: groups })), detail);
  await oneTrust("C0001", "C0003");
  expect(await stored()).toBeGreaterThan(0);
  await oneTrust("C0001");
  expect(await stored()).toBe(0);
  await fine(page);
});

it("names no attribute that the scripts do not read", () => {
  const listed = [...text.split("## The tag's attributes")[1]!.split("\n## ")[0]!.matchAll(/^\| `data-(\w+)`/gm)].map((m) => m[1]!);
  const built = ["embed", "core", "ui"].map((name) => readFileSync(new URL(`../../../static/widget/${name}.js`, import.meta.url), "utf8")).join();
  expect(listed.filter((name) => !built.includes(name))).toEqual([]);
  expect(listed).toContain("site");
});
