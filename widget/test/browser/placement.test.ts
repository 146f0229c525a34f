import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { Placement, Survey } from "../../src/shared/types";
import { only, types } from "./gallery";
import { box, button, focused, stage } from "./stage";
import { leaving } from "./support";
import { arabic } from "./words";

const shop = stage();
const placed = (type: Placement["type"], position?: string): Survey => ({ ...leaving, placement: { type, position } });
const gone = (page: Page) => expect.poll(() => box(page).count()).toBe(0);
const small = { viewport: { width: 360, height: 640 } };
const ten = Array.from({ length: 10 }, (_, i) => ({ key: `c${i}`, label: `Choice ${i + 1}, which takes its time to say what it means on a phone` }));

describe("a modal survey", () => {
  it("keeps the focus inside and gives it back", async () => {
    const page = await shop.open(placed("modal"));
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press("Tab");
      expect(await focused(page)).not.toMatch(/#(buy|search)/);
    }
    await page.keyboard.press("Escape");
    await gone(page);
    await shop.sent("survey.shown", "survey.dismissed");
  });

  it("closes by a press beside it, and says so", async () => {
    const page = await shop.open(placed("modal"));
    await page.mouse.click(20, 20);
    await gone(page);
    await expect.poll(() => shop.server.events.at(-1)).toMatchObject({ type: "survey.dismissed", by: "outside" });
  });
});

describe.each(["slide_in", "bar"] as const)("a survey beside the page (%s)", (type) => {
  it("leaves the page its focus, its keys and its pointer", async () => {
    const page = await shop.open(placed(type));
    expect(await focused(page)).toBe("body");
    await page.locator("#search").click();
    await page.keyboard.type("mug");
    await page.keyboard.press("Escape");
    expect(await page.locator("#search").inputValue()).toBe("mug");
    expect(await box(page).count()).toBe(1);
    await expect.poll(() => page.getByRole("status").textContent()).toBe("What stopped you from ordering today?");
  });

  it("closes on Escape when the focus is inside, and gives it back", async () => {
    const page = await shop.open(placed(type));
    await page.getByRole("radio").first().focus();
    await page.keyboard.press("Escape");
    await gone(page);
    await expect.poll(() => shop.server.events.at(-1)).toMatchObject({ by: "escape" });
  });
});

describe("where it stands", () => {
  it.each([
    ["slide_in", "bottom-right", 1, 1],
    ["slide_in", "bottom-left", -1, 1],
    ["slide_in", "top-right", 1, -1],
    ["slide_in", "top-left", -1, -1],
    ["bar", "bottom", 0, 1],
    ["bar", "top", 0, -1],
    ["modal", undefined, 0, 0],
  ] as const)("%s %s", async (type, position, x, y) => {
    const page = await shop.open(placed(type, position));
    const at = (await box(page).boundingBox())!;
    const side = (start: number, size: number, whole: number) => {
      const lean = start - (whole - start - size);
      return Math.abs(lean) <= 1 ? 0 : Math.sign(lean);
    };
    expect([side(at.x, at.width, 1280), side(at.y, at.height, 800)]).toEqual([x, y]);
  });

  it("inline it takes its place in the page, without a close button", async () => {
    shop.server.page.body += '<div id="place" data-exitpoll="why-leaving"></div>';
    const page = await shop.open(placed("inline"));
    await page.getByRole("region", { name: "What stopped you from ordering today?" }).waitFor();
    expect(await button(page, "Close").count()).toBe(0);
    expect(await focused(page)).toBe("body");
    expect(await page.locator("#place").evaluate((e) => e.getBoundingClientRect().height)).toBeGreaterThan(200);
  });

  it("without its place, one that was asked for comes as a card", async () => {
    const page = await shop.open(placed("inline"));
    await button(page, "Close").click();
    await gone(page);
  });

  it("from right to left everything turns", async () => {
    const page = await shop.open({ ...placed("modal"), dir: "rtl", words: arabic });
    const [close, prompt] = await Promise.all([button(page, arabic.close!).boundingBox(), page.locator("h2#prompt").boundingBox()]);
    expect(close!.x).toBeLessThan(prompt!.x + 20);
    expect(await page.locator("h2#prompt").evaluate((e) => getComputedStyle(e).direction)).toBe("rtl");
  });
});

describe("on small screens", () => {
  it("nothing is wider than 320 px, long words included", async () => {
    const word = "Donaudampfschifffahrtsgesellschaftskapitänsmütze";
    for (const type of types) {
      const page = await shop.open(only(type, { prompt: word, help: word }), { viewport: { width: 320, height: 640 } });
      const over = await box(page).evaluate((root) => [root, ...root.querySelectorAll(".body, .body *")].filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth).map((e) => e.outerHTML.slice(0, 90)));
      expect(over, type).toEqual([]);
      await page.context().close();
    }
  }, 60_000);

  it("at twice the text size it still fits", async () => {
    const page = await shop.open({ ...placed("modal"), theme: { css: ".box{font-size:32px}" } }, small);
    expect(await box(page).evaluate((root) => [...root.querySelectorAll(".body")].every((e) => e.scrollWidth <= e.clientWidth))).toBe(true);
    await button(page, "Next").click();
  });

  it.each(["modal", "slide_in", "bar"] as const)("ten long choices scroll inside, the buttons stay (%s)", async (type) => {
    const page = await shop.open(only("single_choice", { choices: ten }, { placement: { type } }), small);
    for (const name of ["Send", "Close"]) {
      const { y, height } = (await button(page, name).boundingBox())!;
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y + height).toBeLessThanOrEqual(640);
    }
    // By keyboard, too, what has the focus is never behind the buttons.
    const last = page.getByRole("radio").last();
    await last.focus();
    const [choice, send] = await Promise.all([last.boundingBox(), button(page, "Send").boundingBox()]);
    expect(choice!.y + choice!.height).toBeLessThanOrEqual(send!.y);
    await last.press("Space");
    await expect.poll(() => shop.answers().at(-1)).toEqual({ q: { choice: "other" } });
  });
});

describe("whatever the page and the browser are like", () => {
  it("the store's own rules come after ours", async () => {
    const page = await shop.open({ ...leaving, theme: { css: "h2{text-transform:uppercase}" } });
    expect(await page.locator("h2#prompt").evaluate((e) => getComputedStyle(e).textTransform)).toBe("uppercase");
  });

  it("works under Trusted Types and a policy that forbids styles", async () => {
    shop.server.page.headers = {
      "content-security-policy": `default-src 'none'; script-src 'nonce-abc'; connect-src ${shop.server.polls}; trusted-types 'none'`,
      "content-security-policy-report-only": "require-trusted-types-for 'script'",
    };
    shop.server.page.attributes = 'nonce="abc" data-nonce="abc"';
    shop.server.page.body = "<h1>Mugs</h1>";
    const page = await shop.open(leaving);
    await page.getByText("Shipping costs too much").click();
    await page.getByText("Shipping is on us today").waitFor();
  });

  it.each(["modal", "slide_in"] as const)("works without top layer: %s", async (type) => {
    shop.server.page.head += "<script>delete HTMLDialogElement.prototype.showModal; delete HTMLElement.prototype.showPopover</script>";
    const page = await shop.open(placed(type));
    await page.getByText("Shipping costs too much").click();
    await page.getByText("Shipping is on us today").waitFor();
    await button(page, "Close").click();
    await gone(page);
    await shop.sent("survey.shown", "survey.answered", "survey.completed");
  });

  it("shows what is taken in forced colours", async () => {
    const page = await shop.open(only("nps"), { forcedColors: "active" });
    const tile = page.locator(".numbers span").nth(3);
    const before = await tile.evaluate((e) => getComputedStyle(e).backgroundColor);
    await page.getByRole("radio", { name: "3" }).press("Space");
    expect(await tile.evaluate((e) => getComputedStyle(e).backgroundColor)).not.toBe(before);
  });
});
