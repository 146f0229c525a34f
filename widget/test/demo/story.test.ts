// The whole loop on the real thing: a shopper of the demo store is asked and answers; the owner reads it in the admin.
import { createRequire } from "node:module";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { context, launch, leave, settled } from "../browser/support";
import { Demo } from "./demo";

let demo: Demo;
let browser: Browser;
let owner: Page;
const problems: string[] = [];

const watched = async (options = {}): Promise<{ page: Page; all: BrowserContext }> => {
  const all = await context(browser, options);
  const page = await all.newPage();
  page.on("pageerror", (e) => problems.push(String(e)));
  page.on("console", (m) => m.type() === "error" && problems.push(`${m.text()} at ${page.url()}`));
  return { page, all };
};

beforeAll(async () => {
  [demo, browser] = await Promise.all([Demo.start(), launch()]);
  owner = (await watched()).page;
  await owner.goto(`${demo.url}/admin`);
  await owner.getByLabel("E-mail").fill("owner@example.com");
  await owner.getByLabel("Password").fill("exitpoll-demo");
  await owner.getByRole("button", { name: "Log in" }).click();
  await owner.getByRole("link", { name: "What stopped you today?" }).waitFor();
});
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

/** How many the results page says have chosen this. */
const count = async (survey: string, choice: string): Promise<number> => {
  await owner.goto(`${demo.url}/admin/st_demo`);
  await owner.getByRole("link", { name: survey }).click();
  const row = owner.locator("ul.bars li").filter({ hasText: choice });
  // "93 · 29–40%"
  const text = await row.locator(".share small").textContent();
  return Number(/^[\d,]+/.exec(text ?? "")?.[0].replace(",", ""));
};

it("asks who leaves, takes the answer by keyboard, and shows it to the owner", async () => {
  const before = await count("What stopped you today?", "Shipping costs too much");
  const { page, all } = await watched();
  await page.goto(`${demo.url}/demo/p/birch-express`);
  await settled(page);
  // The survey waits for three seconds on the page; nothing opens before.
  await page.waitForFunction(() => performance.now() > 3200);
  await leave(page);
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  // By keyboard alone: into the choices, down to the one that is meant.
  const choice = dialog.getByRole("radio", { name: "Shipping costs too much" });
  const reached = () => choice.evaluate((e) => (e.getRootNode() as ShadowRoot).activeElement === e);
  await page.keyboard.press("Tab");
  for (let n = 0; n < 6 && !(await reached()); n++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.keyboard.press("Enter");
  await dialog.getByText("Shipping is on us").waitFor();
  // The ending's code, from the store's pool.
  await expect.poll(() => dialog.getByRole("textbox").inputValue()).toMatch(/^SHIP-/);
  await expect.poll(() => count("What stopped you today?", "Shipping costs too much")).toBe(before + 1);
  await page.keyboard.press("Escape");
  await expect.poll(() => dialog.count()).toBe(0);
  // Never too often: not again on the next page.
  await page.goto(`${demo.url}/demo/cart`);
  await page.waitForFunction(() => performance.now() > 3200);
  await leave(page);
  await page.waitForFunction(() => performance.now() > 4500);
  expect(await dialog.count()).toBe(0);
  await all.close();
});

it("asks who bought, on a phone, once for the order", async () => {
  const before = await count("How did you first hear about us?", "A podcast");
  const { page, all } = await watched({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  await page.goto(`${demo.url}/demo/p/waldemar`);
  await page.getByRole("button", { name: /add to (cart|basket)/i }).click();
  await page.goto(`${demo.url}/demo/checkout`);
  await page.getByLabel(/e-?mail/i).first().fill("parent@example.com");
  for (const field of await page.locator("main form input:not([type=checkbox]):not([type=email]):not([type=hidden]):not([type=radio])").all())
    if ((await field.isVisible()) && !(await field.inputValue())) await field.fill("4242");
  await page.getByRole("button", { name: /place|pay|order/i }).last().click();
  await page.waitForURL(/order\/thanks/);
  await page.getByText("How did you first hear about us?").waitFor();
  await page.getByRole("radio", { name: "A podcast" }).check({ force: true });
  await page.getByText("How likely are you to recommend us").waitFor();
  await page.getByRole("radio", { name: /^9/ }).check({ force: true });
  await expect.poll(() => count("How did you first hear about us?", "A podcast")).toBe(before + 1);
  await page.reload();
  await page.waitForFunction(() => performance.now() > 1500);
  expect(await page.getByText("How did you first hear about us?").count()).toBe(0);
  await all.close();
});

it("has no page that axe finds fault with", async () => {
  const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
  const pages = ["/admin/st_demo", "/admin/st_demo/surveys/new", "/admin/st_demo/install", "/admin/st_demo/settings", "/admin/account"];
  for (const path of [...pages, "/demo/", "/demo/p/waldemar", "/demo/checkout"]) {
    await owner.goto(demo.url + path);
    // The admin's policy lets no foreign script in; the debugger may.
    const source = (await import("node:fs")).readFileSync(axe, "utf8");
    await owner.evaluate(source);
    const { violations } = await owner.evaluate(() => (window as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } }).axe.run());
    expect(violations.map((v) => `${path}: ${v.id}`)).toEqual([]);
  }
});

it("made no console say a word", () => {
  expect(problems).toEqual([]);
});
