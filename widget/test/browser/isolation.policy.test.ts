// Content security policies, up to the strictest that still let a script run.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { asked, fresh, host, html, tag, watch, works, type Host } from "./host";
import { fake, type Fake } from "./server";
import { launch } from "./support";

let server: Fake;
let shop: Host;
let browser: Browser;

beforeAll(async () => {
  [server, shop, browser] = await Promise.all([fake(), host(), launch()]);
});
afterAll(async () => {
  await browser.close();
  shop.close();
  server.close();
});
beforeEach(() => server.reset());

const policies: [string, (polls: string) => string, string][] = [
  ["a nonce", (polls) => `default-src 'none'; script-src 'nonce-abc'; connect-src ${polls}`, 'nonce="abc"'],
  ["a nonce and strict-dynamic", (polls) => `default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; connect-src ${polls}`, 'nonce="abc"'],
  ["the server's address", (polls) => `default-src 'none'; script-src ${polls}; connect-src ${polls}`, ""],
  [
    "trusted types",
    (polls) => `default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; connect-src ${polls}; require-trusted-types-for 'script'`,
    'nonce="abc"',
  ],
  [
    "trusted types without any policy",
    (polls) => `default-src 'none'; script-src ${polls}; connect-src ${polls}; require-trusted-types-for 'script'; trusted-types 'none'`,
    "",
  ],
];

it.each(policies)("works under %s", async (_, policy, attributes) => {
  server.live(asked);
  shop.put("/", html(tag(server, attributes)), {
    "content-security-policy": `${policy(server.polls)}; img-src data:; base-uri 'none'; form-action 'none'; object-src 'none'`,
  });
  const page = await fresh(browser);
  const seen = watch(page);
  await page.goto(shop.url);
  await works(page, server);
  const box = await page.getByRole("dialog").evaluate((d) => {
    const { position, borderRadius } = getComputedStyle(d);
    return [position, borderRadius !== "0px"];
  });
  expect(box).toEqual(["fixed", true]);
  expect(seen.problems).toEqual([]);
  await page.context().close();
});

it("stays silent where it may not speak with its server", async () => {
  server.live(asked);
  shop.put("/", html(tag(server, 'nonce="abc"')), { "content-security-policy": "default-src 'none'; img-src data:; script-src 'nonce-abc'" });
  const page = await fresh(browser);
  const seen = watch(page);
  await page.goto(shop.url);
  await expect.poll(() => seen.problems.length).toBeGreaterThan(0);
  // The browser tells of its refusal; nothing of ours fails in its wake.
  expect(seen.problems.filter((p) => !/Content Security Policy/.test(p))).toEqual([]);
  expect(server.paths).toEqual(["/embed.js"]);
  await page.context().close();
});
