import { createRequire } from "node:module";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { Answers, Survey } from "../../src/shared/types";
import { fake, type Fake } from "./server";
import { context, launch } from "./support";

/** A shop with one survey open in it, for the tests of one file. */
export interface Stage {
  server: Fake;
  /** Opens a survey by the page's own call. */
  open(survey: Survey, options?: BrowserContextOptions): Promise<Page>;
  /** What was reported, in order. */
  answers(): Answers[];
  /** Waits until these types of event have come, and no other. */
  sent(...types: string[]): Promise<void>;
}

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What axe has to say about the survey that is open. */
export const violations = async (page: Page): Promise<string[]> => {
  if (!(await page.evaluate(() => "axe" in window))) await page.addScriptTag({ path: axe });
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const host = [...document.querySelectorAll("*")].find((e) => e.shadowRoot)!;
    const { violations } = await axe.run(host, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] });
    return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`);
  });
};

/** The tag and accessible role of what has the focus, looked for inside the shadow root too. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return `${at?.tagName.toLowerCase()}${at?.id ? `#${at.id}` : ""}`;
  });

export const box = (page: Page): Locator => page.locator(".box");
export const button = (page: Page, name: string): Locator => page.getByRole("button", { name, exact: true });

export const stage = (): Stage => {
  let browser: Browser;
  let errors: string[] = [];
  const pages: Page[] = [];

  const it: Stage = {
    server: undefined as unknown as Fake,
    async open(survey, options = {}) {
      it.server.live({ ...survey, trigger: { type: "manual" } });
      const page = await (await context(browser, { reducedMotion: "reduce", ...options })).newPage();
      pages.push(page);
      page.on("pageerror", (e) => errors.push(String(e)));
      page.on("console", (m) => m.type() === "error" && !/favicon|404/.test(m.location().url + m.text()) && errors.push(m.text()));
      await page.goto(it.server.shop);
      await page.evaluate((key) => window.exitpoll!("show", key), survey.key);
      await box(page).waitFor();
      return page;
    },
    answers: () => it.server.events.filter((e) => e.type === "survey.answered").map((e) => e["answers"] as Answers),
    sent: (...types) => expect.poll(() => it.server.types()).toEqual(types),
  };

  beforeAll(async () => {
    [it.server, browser] = await Promise.all([fake(), launch()]);
  });
  afterAll(async () => {
    await browser.close();
    it.server.close();
  });
  beforeEach(() => {
    it.server.reset();
    it.server.page.head = '<meta name="viewport" content="width=device-width">';
    errors = [];
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
    expect(errors).toEqual([]);
  });
  return it;
};
