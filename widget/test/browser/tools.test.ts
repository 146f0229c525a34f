import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fake, type Fake } from "./server";
import { context, launch, leaving, score } from "./support";

let server: Fake;
let browser: Browser;
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

const visit = async (query: string, options = {}): Promise<Page> => {
  const page = await (await context(browser, options)).newPage();
  page.on("pageerror", (e) => errors.push(String(e)));
  page.on("console", (m) => m.type() === "error" && !/favicon|404/.test(m.text() + m.location().url) && errors.push(m.text()));
  await page.goto(`${server.shop}/${query}`);
  return page;
};
const panel = (page: Page) => page.getByRole("region", { name: "Exitpoll debug panel" });

describe("the debug panel", () => {
  it("says of every survey what stands in its way, on the page and on the server", async () => {
    server.live(leaving, { targeting: { all: [{ field: "page.path", op: "eq", value: "/cart" }, { field: "cart.value", op: "gte", value: 3000 }] } });
    server.live(score);
    server.trace = [
      { survey: "why-leaving", gates: [{ gate: "recently_answered", passed: false, text: "answered 12 days ago, waits 90 days" }] },
      { survey: "score", gates: [{ gate: "live", passed: true, text: "version 1 is live" }] },
    ];
    const page = await visit("?exitpoll_debug=1");
    const box = panel(page);
    await box.getByText("why-leaving").click();
    await box.getByText("answered 12 days ago, waits 90 days").waitFor();
    expect(server.decides.find((d) => d.debug)).toMatchObject({ candidates: ["why-leaving", "score"], debug: true });
    const text = await box.innerText();
    expect(text).toContain("page.path is “/”, needs “/cart”");
    expect(text).toContain("cart.value is not known here, needs at least 3000");
    await page.evaluate(() => window.exitpoll!("cart", { token: "c", value: 2000, currency: "EUR" }));
    await box.getByText("cart.value is 2000, needs at least 3000").waitFor();
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it("stays for the tab until it is closed, and gives the ids away", async () => {
    server.live(score);
    const page = await visit("?exitpoll_debug=1");
    await panel(page).waitFor();
    await page.goto(`${server.shop}/next`);
    const box = panel(page);
    const id = await page.evaluate(() => (JSON.parse(localStorage.getItem("exitpoll:st_test:me")!) as { visitor: string }).visitor);
    await box.getByText(id).waitFor();
    await box.getByRole("button", { name: "Hide" }).press("Enter");
    expect(await box.getByText(id).isVisible()).toBe(false);
    await box.getByRole("button", { name: "Close" }).click();
    await page.goto(`${server.shop}/third`);
    await page.waitForFunction(() => !!window.exitpoll?.$?.ctx);
    expect(await panel(page).count()).toBe(0);
    await page.context().close();
  });
});

describe("a preview", () => {
  it("shows the survey, can start again, and tells nobody", async () => {
    server.live(leaving);
    server.previews.set("token", leaving);
    const page = await visit("?exitpoll_preview=token");
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    expect(await page.getByText("Preview: nothing is recorded").isVisible()).toBe(true);
    await dialog.getByText("Shipping costs too much").click();
    await dialog.getByText("Shipping is on us today").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Start again" }).click();
    await dialog.getByText("What stopped you from ordering today?").waitFor();
    await page.evaluate(() => window.exitpoll!("cart", { token: "c", value: 1, currency: "EUR" }));
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.goto("about:blank");
    expect(server.paths.filter((path) => /core|decide|events/.test(path))).toEqual([]);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it("says so when the link is over, and the page goes on", async () => {
    const page = await visit("?exitpoll_preview=old");
    await page.getByText("This preview is over or cannot be loaded").waitFor();
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
