import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { Answer } from "../../src/shared/types";
import { only, type Type, types } from "./gallery";
import { box, button, focused, stage, violations } from "./stage";

const shop = stage();
const thanks = (page: Page) => page.getByRole("heading", { name: "Thank you" }).waitFor();
const keys = async (page: Page, ...names: string[]) => {
  for (const name of names) await page.keyboard.press(name);
};
const write = (text: string) => (page: Page) => page.keyboard.type(text);
const press =
  (...names: string[]) =>
  (page: Page) =>
    keys(page, ...names);

/** From the first control on: what is pressed, and the last answer that must arrive. */
const byKeyboard: [Type, ((page: Page) => Promise<void>)[], Answer | undefined][] = [
  ["single_choice", [press("Space", "ArrowDown", "Enter")], { choice: "price" }],
  ["multi_choice", [press("Space", "Tab", "Tab", "Space", "Enter")], { choices: ["ship", "pay"] }],
  ["dropdown", [press("ArrowDown", "ArrowDown", "Tab", "Enter")], { choice: "search" }],
  ["image_choice", [press("Space", "ArrowRight", "Enter")], { choice: "green" }],
  ["nps", [press("Space", "ArrowLeft", "Enter")], { number: 10 }],
  ["csat", [press("Space", "ArrowRight", "Enter")], { number: 2 }],
  ["ces", [press("ArrowRight", "ArrowRight", "Enter")], { number: 3 }],
  ["rating", [press("Space", "ArrowLeft", "Enter")], { number: 5 }],
  ["short_text", [write(" A mug for tea "), press("Enter")], { text: "A mug for tea" }],
  ["long_text", [write("A list\nof mugs"), press("Tab", "Enter")], { text: "A list\nof mugs" }],
  ["email", [write("ann@example.com"), press("Tab", "Space", "Enter")], { email: "ann@example.com", consent: true }],
  ["ranking", [press("Enter", "Enter", "Enter", "Enter")], { ranking: ["quality", "delivery", "price", "service"] }],
  ["matrix", [press("Space", "Tab", "Space", "ArrowRight", "Tab", "Space", "Enter")], { matrix: { speed: "bad", photos: "ok", texts: "bad" } }],
  ["statement", [press("Enter")], undefined],
];

describe("by keyboard alone", () => {
  it.each(byKeyboard)("%s", async (type, steps, answer) => {
    const page = await shop.open(only(type));
    expect(await focused(page)).toBe("dialog");
    await keys(page, "Tab");
    for (const step of steps) await step(page);
    if (type === "ranking") {
      await button(page, "Send").press("Enter");
    }
    await thanks(page);
    expect(await focused(page)).toBe("h2#prompt");
    await expect.poll(() => shop.server.types().at(-1)).toBe("survey.completed");
    await expect.poll(() => shop.answers().at(-1)?.["q"]).toEqual(answer);
  });
});

describe("by touch", () => {
  const tap: [Type, string, Answer][] = [
    ["single_choice", "The price is too high", { choice: "price" }],
    ["image_choice", "Moss", { choice: "green" }],
    ["nps", "10, Very likely", { number: 10 }],
    ["csat", "5 of 5, Very satisfied", { number: 5 }],
    ["ces", "4", { number: 4 }],
    ["rating", "3 of 5", { number: 3 }],
  ];
  it.each(tap)("one tap answers %s", async (type, name, answer) => {
    const page = await shop.open(only(type), { hasTouch: true, isMobile: true, viewport: { width: 360, height: 640 } });
    await page.getByRole("radio", { name, exact: true }).tap();
    await thanks(page);
    await shop.sent("survey.shown", "survey.answered", "survey.completed");
    await expect.poll(() => shop.answers()).toEqual([{ q: answer }]);
  });

  it("everything is large enough to hit", async () => {
    for (const type of types) {
      const page = await shop.open(only(type), { hasTouch: true, isMobile: true, viewport: { width: 360, height: 640 } });
      const sizes = await box(page).evaluate((root) =>
        [...root.querySelectorAll("button, label, input.text, select, textarea")]
          .filter((e) => e.checkVisibility({ visibilityProperty: true }))
          .map((e) => e.getBoundingClientRect())
          .map(({ width, height }) => Math.min(width, height)),
      );
      expect(Math.min(...sizes), type).toBeGreaterThanOrEqual(type === "ces" ? 40 : 44);
      await page.context().close();
    }
  }, 60_000);
});

describe("what each type says", () => {
  it("names its controls", async () => {
    const names = async (type: Type, role: "radio" | "button" | "checkbox" | "radiogroup" | "textbox" | "combobox") => {
      const page = await shop.open(only(type));
      const tree = await box(page).ariaSnapshot();
      return [...tree.matchAll(new RegExp(`- '?${role} "([^"]*)"`, "g"))].map(([, name]) => name);
    };
    expect(await names("rating", "radio")).toEqual(["1 of 5, Poor", "2 of 5", "3 of 5", "4 of 5", "5 of 5, Excellent"]);
    expect((await names("nps", "radio")).slice(0, 2)).toEqual(["0, Not at all likely", "1"]);
    expect(await names("matrix", "radiogroup")).toEqual(["Speed of the site", "Photographs", "Descriptions"]);
    expect((await names("ranking", "button")).slice(0, 2)).toEqual(["Move down: Price", "Move up: Quality"]);
    expect(await names("email", "textbox")).toEqual(["Where may we send it?"]);
    expect(await names("dropdown", "combobox")).toEqual(["Where did you hear about us?"]);
    expect(await names("image_choice", "radio")).toEqual(["Harbour blue", "Moss", "Brick", "Sand"]);
  }, 60_000);

  it("a new order is announced", async () => {
    const page = await shop.open(only("ranking"));
    await button(page, "Move down: Price").click();
    await expect.poll(() => page.getByRole("status").textContent()).toBe("Price: 2 of 4");
  });

  it.each(types)("axe finds nothing: %s", async (type) => {
    for (const options of [{}, { colorScheme: "dark" }, { viewport: { width: 320, height: 640 } }] as const) {
      const page = await shop.open(only(type, { required: true }), options);
      expect(await violations(page)).toEqual([]);
      await button(page, "Send").click();
      expect(await violations(page)).toEqual([]);
    }
  });
});

describe("answers that cannot stand", () => {
  const alert = (page: Page) => page.getByRole("alert").textContent();

  it.each(types.filter((type) => !/statement|ranking/.test(type)))("a required %s is asked for where it is missing", async (type) => {
    const page = await shop.open(only(type, { required: true }));
    await button(page, "Send").click();
    expect(await alert(page)).toBe("Please answer this question");
    const field = page.locator("[aria-labelledby=prompt][aria-describedby]");
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    expect(await focused(page)).toMatch(/input|select|textarea/);
  });

  it("a required order may stay as it is, a statement asks for nothing", async () => {
    for (const type of ["ranking", "statement"] as const) {
      const page = await shop.open(only(type, { required: true }));
      await button(page, "Send").click();
      await thanks(page);
    }
    await expect.poll(() => shop.answers()).toEqual([{ q: { ranking: ["price", "quality", "delivery", "service"] } }]);
  });

  it("a required matrix leads to the row that was left out", async () => {
    const page = await shop.open(only("matrix", { required: true }));
    const row = (name: string) => page.getByRole("radiogroup", { name });
    await row("Speed of the site").getByRole("radio", { name: "Good" }).check();
    await button(page, "Send").click();
    expect(await alert(page)).toBe("Please answer this question");
    expect(await row("Photographs").evaluate((group) => group.contains((group.getRootNode() as ShadowRoot).activeElement))).toBe(true);
  });

  it("too many choices are said at once, and not reported", async () => {
    const page = await shop.open(only("multi_choice"));
    for (const label of ["Free shipping", "Faster delivery", "More ways to pay"]) await page.getByText(label).click();
    expect(await alert(page)).toBe("Please choose at most 2");
    await button(page, "Send").click();
    await page.getByText("Free shipping").click();
    expect(await alert(page)).toBe("");
    await button(page, "Send").click();
    await thanks(page);
    await expect.poll(() => shop.answers().map((a) => a["q"]!.choices)).toEqual([["ship"], ["ship", "fast"], ["fast", "pay"]]);
  });

  it("a short text and a wrong address are said, not lost", async () => {
    const text = await shop.open(only("long_text"));
    await box(text).getByRole("textbox").fill("no");
    await button(text, "Send").click();
    expect(await alert(text)).toBe("Please write at least 5 characters");
    const mail = await shop.open(only("email"));
    await box(mail).getByRole("textbox").fill("ann@example");
    await button(mail, "Send").click();
    expect(await alert(mail)).toBe("Please enter an e-mail address");
    expect(await box(mail).getByRole("textbox").inputValue()).toBe("ann@example");
    await box(mail).getByRole("textbox").fill("ann@example.com");
    await button(mail, "Send").click();
    await thanks(mail);
    await expect.poll(() => shop.answers()).toEqual([{ q: { text: "no" } }, { q: { email: "ann@example.com", consent: false } }]);
  });
});

describe("in a word of one's own", () => {
  it.each(["single_choice", "multi_choice", "dropdown"] as const)("%s", async (type) => {
    const page = await shop.open(only(type));
    if (type === "dropdown") await page.getByRole("combobox").selectOption("other");
    else await page.getByText("Other").click();
    const field = page.getByRole("textbox", { name: "Other" });
    await field.fill("Too heavy");
    await button(page, "Send").click();
    await thanks(page);
    const chosen = type === "multi_choice" ? { choices: ["other"] } : { choice: "other" };
    await expect.poll(() => shop.answers().at(-1)).toEqual({ q: { ...chosen, other: "Too heavy" } });
  });

  it("it goes when another choice is taken", async () => {
    const page = await shop.open(only("dropdown"));
    await page.getByRole("combobox").selectOption("other");
    await box(page).getByRole("textbox").fill("A dream");
    await page.getByRole("combobox").selectOption("press");
    expect(await box(page).getByRole("textbox").count()).toBe(0);
    await button(page, "Send").click();
    await thanks(page);
    await expect.poll(() => shop.answers().at(-1)).toEqual({ q: { choice: "press" } });
  });
});

it("several pictures may be taken where the question says so", async () => {
  const page = await shop.open(only("image_choice", { max: 2 }));
  await page.getByText("Moss").click();
  await page.getByText("Sand").click();
  await button(page, "Send").click();
  await thanks(page);
  await expect.poll(() => shop.answers().at(-1)).toEqual({ q: { choices: ["green", "sand"] } });
});

it("a scale of numbers has the numbers it is told", async () => {
  const page = await shop.open(only("rating", { style: "numbers", max: 10 }));
  expect(await page.getByRole("radio").count()).toBe(10);
});
