import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fake, type Fake } from "./server";
import { context, launch, leave, leaving, score, settled } from "./support";

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

const watch = (page: Page): Page => {
  page.on("pageerror", (e) => errors.push(String(e)));
  page.on("console", (m) => m.type() === "error" && !/favicon/.test(m.location().url) && errors.push(m.text()));
  return page;
};
/** Opens a page of the shop in a fresh browser; `ready` waits until an offer is kept. */
const visit = async (ready = true, options = {}): Promise<Page> => {
  const page = watch(await (await context(browser, options)).newPage());
  await page.goto(server.shop);
  if (ready) await settled(page);
  return page;
};
const dialog = (page: Page) => page.getByRole("dialog");
const sent = (...types: string[]) => expect.poll(() => server.types()).toEqual(types);
const show = (page: Page, key: string) => page.evaluate((k) => window.exitpoll!("show", k), key);

describe("a page where nothing can apply", () => {
  it("loads the loader and the config, stores nothing", async () => {
    server.live(leaving, { targeting: { field: "page.path", op: "eq", value: "/elsewhere" } });
    const page = await visit(false);
    await page.waitForTimeout(300);
    expect(server.paths).toEqual(["/embed.js", "/v1/st_test/config"]);
    expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
    expect(await page.context().cookies()).toEqual([]);
    await page.context().close();
  });

  it("loads the rest when it is called", async () => {
    server.live(score, { targeting: { field: "page.path", op: "eq", value: "/elsewhere" } });
    const page = await visit(false);
    await show(page, "score");
    await dialog(page).waitFor();
    expect(server.decides[0]).toMatchObject({ manual: true, candidates: ["score"] });
    await page.context().close();
  });

  it("asks for nothing at all with data-auto=off", async () => {
    server.page.attributes = 'data-auto="off"';
    server.live(leaving);
    const page = await visit(false);
    await page.waitForTimeout(200);
    expect(server.paths).toEqual(["/embed.js"]);
    await page.context().close();
  });
});

describe("exit intent", () => {
  it("opens the dialog, which takes the focus, and gives it back on Escape", async () => {
    server.live(leaving);
    const page = await visit();
    await page.locator("#buy").focus();
    await leave(page);
    await dialog(page).waitFor();
    expect(await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.tagName)).toBe("DIALOG");
    await page.keyboard.press("Escape");
    await expect.poll(() => dialog(page).count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("buy");
    await sent("survey.shown", "survey.dismissed");
    expect(server.events[0]).toMatchObject({ offer: "offer:why-leaving", trigger: "exit_intent", device: "desktop" });
    expect(server.events[1]).toMatchObject({ by: "escape" });
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it("stays silent when the pointer comes back, a field has the focus, or text is selected", async () => {
    server.live(leaving);
    const page = await visit();
    await leave(page);
    await page.mouse.move(300, 200);
    await page.waitForTimeout(500);
    await page.locator("#search").focus();
    await leave(page);
    await page.waitForTimeout(500);
    await page.locator("#search").blur();
    await page.evaluate(() => getSelection()!.selectAllChildren(document.querySelector("h1")!));
    await leave(page);
    await page.waitForTimeout(500);
    expect(await dialog(page).count()).toBe(0);
    await page.evaluate(() => getSelection()!.removeAllRanges());
    await leave(page);
    await dialog(page).waitFor();
    await page.context().close();
  });

  it("only counts the holdout", async () => {
    server.live(leaving);
    server.withhold = true;
    const page = await visit(false);
    await expect.poll(() => server.decides.length).toBe(1);
    await page.waitForTimeout(100);
    await leave(page);
    await sent("survey.withheld");
    expect(await dialog(page).count()).toBe(0);
    expect(server.paths).not.toContain("/assets/ui.test.js");
    await page.context().close();
  });
});

describe("answers", () => {
  it("arrive one by one by keyboard alone, and follow the branch", async () => {
    server.live(leaving);
    const page = await visit();
    await show(page, "why-leaving");
    await dialog(page).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await sent("survey.shown", "survey.answered");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "What would have made it easier?" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.type("Cheaper mugs");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("Thank you").waitFor();
    await sent("survey.shown", "survey.answered", "survey.answered", "survey.answered", "survey.completed");
    expect(server.events.filter((e) => e.type === "survey.answered").map((e) => e["answers"])).toEqual([
      { reason: { choice: "shipping" } },
      { reason: { choice: "price" } },
      { more: { text: "Cheaper mugs" } },
    ]);
    await page.context().close();
  });

  it("go on by a tap, and end where the rule says", async () => {
    server.live(leaving);
    const page = await visit();
    await show(page, "why-leaving");
    await page.getByText("Shipping costs too much").click();
    await page.getByText("Shipping is on us today").waitFor();
    await sent("survey.shown", "survey.answered", "survey.completed");
    await page.getByRole("button", { name: "Close" }).click();
    await page.waitForTimeout(100);
    expect(server.types()).not.toContain("survey.dismissed");
    await page.context().close();
  });

  it("must be given where they are required", async () => {
    server.live(leaving);
    const page = await visit();
    await show(page, "why-leaving");
    await page.getByRole("button", { name: "Next" }).click();
    expect(await page.getByRole("alert").textContent()).toBe("Please answer this question");
    expect(await page.getByRole("radiogroup").getAttribute("aria-invalid")).toBe("true");
    await page.context().close();
  });

  it("survive a closed tab, typed halfway, and a server that was away", async () => {
    server.live(leaving);
    const ctx = await context(browser);
    const page = watch(await ctx.newPage());
    await page.goto(server.shop);
    await settled(page);
    await show(page, "why-leaving");
    await page.getByText("The price is too high").click();
    await page.getByRole("textbox", { name: "What would have made it easier?" }).pressSequentially("Half a sent");
    server.failing = 503;
    await page.close({ runBeforeUnload: false });
    const before = server.events.length;
    server.failing = 0;
    const next = await ctx.newPage();
    await next.goto(server.shop);
    await expect.poll(() => server.events.length).toBe(before + 1);
    expect(server.events[before]).toMatchObject({ type: "survey.answered", answers: { more: { text: "Half a sent" } } });
    await ctx.close();
  });
});

describe("after an order", () => {
  it("opens without moving the focus, pipes the answer, and is announced", async () => {
    server.live(score);
    const page = await visit(false);
    await page.locator("#buy").focus();
    await page.evaluate(() => window.exitpoll!("order", { id: "1001", value: 4990, currency: "EUR" }));
    await dialog(page).waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("buy");
    await expect.poll(() => page.getByRole("status").textContent()).toMatch(/recommend/);
    expect(server.decides[0]).toMatchObject({ candidates: ["score"], order: { id: "1001" } });
    await page.getByRole("radio", { name: "9" }).click();
    await page.getByText("You chose 9. What is the main reason?").waitFor();
    await page.getByRole("button", { name: "Back" }).click();
    expect(await page.getByRole("radio", { name: "9" }).isChecked()).toBe(true);
    await sent("order.completed", "survey.shown", "survey.answered");
    await page.context().close();
  });
});

describe("other moments", () => {
  it("come by themselves after a while, or when the page reports an event", async () => {
    for (const trigger of [{ type: "delay", seconds: 1 }, { type: "event", name: "guide" }]) {
      server.reset();
      server.live({ ...score, key: trigger.type, trigger });
      const page = await visit();
      // Reported at once or not: the offer is there, so it opens in the same task.
      await page.evaluate(() => window.exitpoll!("track", "guide", { size: "M" }));
      await dialog(page).waitFor();
      await expect.poll(() => server.types()).toEqual(["custom", "survey.shown"]);
      expect(server.events[1]).toMatchObject({ trigger: trigger.type });
      await page.context().close();
    }
  });

  it("wait for targeting to come true", async () => {
    server.live({ ...score, key: "rich", trigger: { type: "delay", seconds: 0 } }, {
      targeting: { field: "cart.value", op: "gte", value: 3000 },
    });
    server.surveys.delete("rich");
    const page = await visit(false);
    const cart = (value: number) => page.evaluate((v) => window.exitpoll!("cart", { token: "t", value: v, currency: "EUR" }), value);
    // Nobody knows the cart yet: the server may, so it is asked.
    await expect.poll(() => server.decides.length).toBe(1);
    await cart(100);
    await page.waitForTimeout(500);
    expect(server.decides.length).toBe(1);
    server.surveys.set("rich", { ...score, key: "rich" });
    await cart(4990);
    await dialog(page).waitFor();
    expect(server.decides[1]).toMatchObject({ cart: { value: 4990 } });
    await page.context().close();
  });
});

describe("the page around it", () => {
  it("never sees two surveys, whatever number of tabs", async () => {
    server.live(leaving);
    const ctx = await context(browser);
    const [one, two] = [await ctx.newPage(), await ctx.newPage()];
    for (const page of [one, two]) {
      await page.goto(server.shop);
      await settled(page);
    }
    await show(one, "why-leaving");
    await dialog(one).waitFor();
    await show(two, "why-leaving");
    await two.waitForTimeout(400);
    expect(await dialog(two).count()).toBe(0);
    await dialog(one).press("Escape");
    // Driven browsers give every tab the focus; a shopper has only one.
    await one.evaluate(() => window.dispatchEvent(new Event("blur")));
    await show(two, "why-leaving");
    await dialog(two).waitFor();
    await ctx.close();
  });

  it("may forbid nearly everything by its policy", async () => {
    server.page.headers = {
      "content-security-policy": `default-src 'none'; script-src 'nonce-abc'; connect-src ${server.polls}`,
    };
    server.page.attributes = 'nonce="abc" data-nonce="abc"';
    server.page.body = "<h1>Mugs</h1>";
    server.live(leaving);
    const page = await visit();
    await show(page, "why-leaving");
    await dialog(page).waitFor();
    expect(await dialog(page).evaluate((d) => getComputedStyle(d).position)).toBe("fixed");
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it("may have no storage", async () => {
    server.page.head = `<script>for (const name of ["localStorage", "sessionStorage"])
      Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });</script>`;
    server.live(leaving);
    const page = await visit();
    await leave(page);
    await page.getByText("Shipping costs too much").click();
    await sent("survey.shown", "survey.answered", "survey.completed");
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it("keeps its consent: nothing stored before, everything after, nothing once denied", async () => {
    server.config.storage = "consent";
    server.live(leaving);
    const page = await visit();
    const stored = () => page.evaluate(() => Object.keys(localStorage).length);
    expect(await stored()).toBe(0);
    await page.evaluate(() => window.exitpoll!("consent", "granted"));
    expect(await stored()).toBeGreaterThan(0);
    await page.evaluate(() => window.exitpoll!("consent", "denied"));
    expect(await stored()).toBe(0);
    await page.context().close();
  });

  it("does not move when a survey appears", async () => {
    for (const placement of [leaving.placement!, { type: "slide_in" } as const, { type: "bar" } as const]) {
      server.reset();
      server.live({ ...leaving, placement });
      const page = await visit(false);
      await page.evaluate(() => {
        const shifts: number[] = [];
        Object.assign(window, { shifts });
        new PerformanceObserver((list) => list.getEntries().forEach((e) => shifts.push((e as unknown as { value: number }).value))).observe({ type: "layout-shift", buffered: true });
      });
      const height = () => page.evaluate(() => [document.documentElement.scrollHeight, document.documentElement.clientWidth]);
      const before = await height();
      await show(page, "why-leaving");
      await dialog(page).waitFor();
      await page.waitForTimeout(400);
      expect(await height()).toEqual(before);
      expect(await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts)).toEqual([]);
      await page.context().close();
    }
  });

  it("hears what happens, and its own mistakes stay its own", async () => {
    server.page.head = `<script>window.exitpoll = window.exitpoll || function () { (exitpoll.q = exitpoll.q || []).push(arguments) };
      heard = []; for (const name of ["shown", "answered", "completed", "dismissed"])
        exitpoll("on", name, (detail) => { heard.push([name, detail.survey]); });
      exitpoll("on", "shown", () => { throw new Error("the page's own"); });</script>`;
    server.live(leaving);
    const page = await visit();
    await show(page, "why-leaving");
    await page.getByText("Shipping costs too much").click();
    await page.getByText("Shipping is on us today").waitFor();
    const heard = await page.evaluate(() => (window as unknown as { heard: string[][] }).heard.map(([name]) => name));
    expect(heard).toEqual(["shown", "answered", "completed"]);
    await page.context().close();
  });

  it("gains no global but one, and forgets on reset", async () => {
    server.live(leaving);
    const page = await visit();
    const globals = await page.evaluate(() => {
      const frame = document.body.appendChild(document.createElement("iframe"));
      const clean = new Set(Object.getOwnPropertyNames(frame.contentWindow));
      frame.remove();
      return Object.getOwnPropertyNames(window).filter((name) => !clean.has(name));
    });
    expect(globals.filter((name) => !/^(__|\d+$|playwright)/i.test(name))).toEqual(["exitpoll"]);
    await show(page, "why-leaving");
    await dialog(page).waitFor();
    await page.evaluate(() => window.exitpoll!("reset"));
    expect(await dialog(page).count()).toBe(0);
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
    await page.context().close();
  });
});

describe("accessibility", () => {
  const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
  const looks = (["modal", "slide_in", "bar"] as const).flatMap((type) =>
    (["light", "dark"] as const).map((colorScheme) => ({ type, colorScheme })),
  );
  it.each(looks)("axe finds nothing: $type, $colorScheme", async ({ type, colorScheme }) => {
    server.live({ ...leaving, placement: { type } });
    server.live({ ...score, placement: { type } });
    for (const key of ["why-leaving", "score"]) {
      const page = await visit(true, { colorScheme, reducedMotion: "reduce" });
      await show(page, key);
      await dialog(page).waitFor();
      await page.addScriptTag({ path: axe });
      const check = () =>
        page.evaluate(async () => {
          const { axe } = window as unknown as { axe: typeof import("axe-core") };
          const host = [...document.body.children].find((e) => e.shadowRoot)!;
          const { violations } = await axe.run(host, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] });
          return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`);
        });
      expect(await check()).toEqual([]);
      await page.getByRole("button", { name: /Next|Send/ }).click();
      expect(await check()).toEqual([]);
      await page.context().close();
    }
  });
});
