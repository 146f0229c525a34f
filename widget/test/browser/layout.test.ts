// The widget as a whole on small, zoomed and restless screens: nothing is out of reach, nothing of the page moves.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fresh } from "./host";
import { fake, type Fake } from "./server";
import { launch, leaving, score, settled } from "./support";
import type { Survey } from "../../src/shared/types";

let server: Fake;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([fake(), launch()]);
});
afterAll(async () => {
  await browser.close();
  server.close();
});
beforeEach(() => server.reset());

/** As long as a question may reasonably be, with a word that does not break by itself. */
const long: Survey = {
  ...leaving,
  questions: [
    {
      ...leaving.questions[0]!,
      prompt: "What, if anything at all, stopped you from finishing your order with Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz today?",
      choices: Array.from({ length: 10 }, (_, i) => ({ key: `c${i}`, label: `Reason ${i}: the delivery would come too late for what I need it for` })),
    },
  ],
};

const show = async (survey: Survey, options: object): Promise<Page> => {
  server.live(survey);
  const page = await fresh(browser, { reducedMotion: "reduce", ...options });
  await page.goto(server.shop);
  await page.waitForFunction(() => !!window.exitpoll);
  await page.evaluate((key) => window.exitpoll!("show", key), survey.key);
  await page.getByRole("dialog").waitFor();
  return page;
};

const screens: [string, object, number][] = [
  ["a desktop", { viewport: { width: 1280, height: 800 } }, 24],
  ["a desktop at 200 %", { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }, 24],
  ["a small phone", { viewport: { width: 320, height: 568 }, hasTouch: true, isMobile: true }, 40],
  ["a phone on its side", { viewport: { width: 667, height: 320 }, hasTouch: true, isMobile: true }, 40],
];
const looks: [string, Survey][] = (["modal", "slide_in", "bar"] as const).flatMap((type): [string, Survey][] => [
  [`${type} of ten long choices`, { ...long, placement: { type } }],
  [`${type} with a scale`, { ...score, placement: { type } }],
]);

describe.each(screens)("on %s", (_, options, least) => {
  it.each(looks)("a %s is within reach", async (_, survey) => {
    const page = await show(survey, options);
    const dialog = page.getByRole("dialog");
    const found = await dialog.evaluate((box) => {
      const { left, top, right, bottom } = box.getBoundingClientRect();
      const { clientWidth: width } = document.documentElement;
      const sides = [...box.querySelectorAll("*")].filter((e) => !e.closest("[role=status]")).map((e) => e.getBoundingClientRect());
      return {
        inside: left >= 0 && top >= 0 && right <= width + 1 && bottom <= innerHeight + 1,
        scrolls: box.scrollWidth > box.clientWidth,
        out: sides.filter((r) => r.width && (r.left < left - 1 || r.right > right + 1)).length,
        page: document.documentElement.scrollWidth > width,
      };
    });
    expect(found).toEqual({ inside: true, scrolls: false, out: 0, page: false });
    // What is pressed: the label around a choice, not the little circle in it.
    const targets = await dialog.locator("button, a, label").evaluateAll((all) =>
      all.map((e) => e.getBoundingClientRect()).filter((r) => r.width).map((r) => Math.min(r.width, r.height)),
    );
    expect(targets.length).toBeGreaterThan(5);
    expect(Math.min(...targets)).toBeGreaterThanOrEqual(survey.questions[0]!.type === "nps" ? 24 : least);
    // The last button can be brought into view and pressed.
    await dialog.getByRole("button", { name: /Next|Send/ }).click();
    await page.context().close();
  });
});

describe("the page around it", () => {
  it.each(["modal", "slide_in", "bar"] as const)("stays where it is: %s", async (type) => {
    server.live({ ...leaving, placement: { type } });
    const page = await fresh(browser);
    await page.goto(server.shop);
    await settled(page);
    await page.mouse.wheel(0, 200);
    await page.waitForFunction(() => scrollY === 200);
    const boxes = () =>
      page.evaluate(() => [scrollX, scrollY, ...[...document.querySelectorAll("main *")].flatMap((e) => Object.values(e.getBoundingClientRect().toJSON() as Record<string, number>))]);
    const before = await boxes();
    await page.evaluate(() => window.exitpoll!("show", "why-leaving"));
    await page.getByText("Shipping costs too much").click();
    expect(await boxes()).toEqual(before);
    await page.getByText("Shipping is on us today").waitFor();
    await page.getByRole("button", { name: "Close" }).click();
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
    expect(await boxes()).toEqual(before);
    await page.context().close();
  });
});
