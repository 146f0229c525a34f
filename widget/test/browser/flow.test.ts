import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { Survey } from "../../src/shared/types";
import { only, question } from "./gallery";
import { box, button, stage } from "./stage";
import { leaving } from "./support";

const shop = stage();
const four: Survey = {
  ...only("single_choice"),
  questions: [
    { ...question("single_choice"), key: "a", shuffle: true, next: [{ if: { answer: "a", op: "eq", value: "price" }, go: "c" }] },
    { ...question("short_text"), key: "b", prompt: "You said {{answer.a|nothing}}. Which mug?" },
    { ...question("nps"), key: "c" },
    { ...question("long_text"), key: "d", min: undefined },
  ],
};
const heading = (page: Page, name: string | RegExp) => page.getByRole("heading", { name }).waitFor();
const field = (page: Page) => box(page).getByRole("textbox");

describe("the way through", () => {
  it("shows its length, leads back, and takes back what was answered beside it", async () => {
    const page = await shop.open(four);
    expect(await page.locator(".progress").textContent()).toBe("1 of 4");
    await button(page, "Next").click();
    await heading(page, "You said nothing. Which mug?");
    await field(page).fill("The blue one");
    await button(page, "Back").click();
    const order = await page.locator(".list label").allTextContents();
    await page.getByText("Shipping costs too much").click();
    await heading(page, "You said Shipping costs too much. Which mug?");
    expect(await field(page).inputValue()).toBe("The blue one");
    await button(page, "Back").click();
    expect(await page.locator(".list label").allTextContents()).toEqual(order);
    await page.getByText("The price is too high").click();
    await heading(page, /recommend/);
    await button(page, "Next").click();
    await button(page, "Send").click();
    await heading(page, "Thank you");
    await expect.poll(() => shop.server.types().at(-1)).toBe("survey.completed");
    await expect.poll(() => shop.answers()).toEqual([{ b: { text: "The blue one" } }, { a: { choice: "shipping" } }, { a: { choice: "price" } }, { b: {} }]);
  });

  it("says nothing of length where there is little", async () => {
    const page = await shop.open(leaving);
    expect(await page.locator(".progress").count()).toBe(0);
  });

  it("survives a survey without a single word", async () => {
    const page = await shop.open({ ...four, words: {} });
    await page.locator(".go").click();
    await heading(page, "You said nothing. Which mug?");
  });
});

describe("on the next page", () => {
  const begun = async (survey = four) => {
    const page = await shop.open(survey);
    await page.getByText("Shipping costs too much").click();
    await heading(page, /Which mug/);
    return page;
  };
  const saved = (page: Page) => page.evaluate(() => localStorage.getItem("exitpoll:st_test:resume"));
  /** The survey is live still, and the page calls, which wakes the core. */
  const goOn = async (page: Page) => {
    await page.goto(`${shop.server.shop}/next`);
    await page.evaluate(() => window.exitpoll!("track", "wakes the core"));
  };

  it("goes on at the same question, reports no second show and no answer twice", async () => {
    const page = await begun();
    expect(JSON.parse((await saved(page))!)).toMatchObject({
      trigger: "manual",
      offer: { token: "offer:single_choice" },
      answers: { a: { choice: "shipping" } },
      path: ["a", "b"],
    });
    await goOn(page);
    await heading(page, "You said Shipping costs too much. Which mug?");
    await button(page, "Back").click();
    expect(await page.getByRole("radio", { name: "Shipping costs too much" }).isChecked()).toBe(true);
    await button(page, "Next").click();
    await button(page, "Next").click();
    await button(page, "Next").click();
    await button(page, "Send").click();
    await heading(page, "Thank you");
    expect(await saved(page)).toBeNull();
    await expect.poll(() => shop.server.types()).toEqual(["survey.shown", "survey.answered", "custom", "survey.completed"]);
  });

  it("nothing is kept before the first answer, nor once it is closed", async () => {
    const page = await shop.open(four);
    expect(await saved(page)).toBeNull();
    await page.getByText("Shipping costs too much").click();
    await heading(page, /Which mug/);
    await button(page, "Close").click();
    expect(await saved(page)).toBeNull();
  });

  it("an inline survey waits for a page that has its place", async () => {
    shop.server.page.body += '<div data-exitpoll="single_choice"></div>';
    const page = await begun({ ...four, placement: { type: "inline" } });
    shop.server.page.body = "<h1>Cart</h1>";
    await goOn(page);
    await page.waitForFunction(() => !!window.exitpoll!.$!.ui);
    expect(await box(page).count()).toBe(0);
    expect(await saved(page)).not.toBeNull();
  });
});

describe("a coupon", () => {
  const gift: Survey = { ...leaving, endings: [{ ...leaving.endings![0]!, coupon: { pool: "free" } }] };
  const end = (page: Page) => page.getByText("Shipping costs too much").click();

  it("is asked for, shown, and copied", async () => {
    const page = await shop.open(gift);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await end(page);
    await heading(page, "Shipping is on us today");
    await expect.poll(() => field(page).inputValue()).toBe("SHIP-7Q2M");
    expect(shop.server.coupons).toEqual([
      { visitor: expect.any(String) as string, session: expect.any(String) as string, offer: "offer:why-leaving", ending: "offer" },
    ]);
    await button(page, "Copy").click();
    await button(page, "Copied").waitFor();
    await expect.poll(() => page.getByRole("status").textContent()).toBe("Copied");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("SHIP-7Q2M");
  });

  it("is selected where the clipboard is closed", async () => {
    shop.server.page.head += '<script>Object.defineProperty(navigator, "clipboard", { value: undefined })</script>';
    const page = await shop.open(gift);
    await end(page);
    await button(page, "Copy").click();
    expect(await field(page).evaluate((f: HTMLInputElement) => f.value.slice(f.selectionStart!, f.selectionEnd!))).toBe("SHIP-7Q2M");
  });

  it("has its place before it comes", async () => {
    let come = () => {};
    shop.server.slow = new Promise((resolve) => (come = resolve));
    const page = await shop.open(gift);
    await end(page);
    await heading(page, "Shipping is on us today");
    const before = await box(page).boundingBox();
    expect(await button(page, "Copy").isDisabled()).toBe(true);
    come();
    await expect.poll(() => field(page).inputValue()).toBe("SHIP-7Q2M");
    expect(await box(page).boundingBox()).toEqual(before);
  });

  it("is not missed when there is none, or no server", async () => {
    shop.server.coupon = "";
    const page = await shop.open(gift);
    await end(page);
    await heading(page, "Shipping is on us today");
    await expect.poll(() => page.locator(".coupon").count()).toBe(0);
    await page.getByRole("link", { name: "Back to my cart" }).waitFor();
  });
});
