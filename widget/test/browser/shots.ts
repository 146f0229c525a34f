// Pictures of every look, for human eyes: npm run shots -- DIR
import { mkdirSync } from "node:fs";
import type { Survey } from "../../src/shared/types";
import { fake } from "./server";
import { context, launch, leaving, score, settled } from "./support";

const dir = process.argv[2] || "shots";
mkdirSync(dir, { recursive: true });
const server = await fake();
const browser = await launch();
const phone = { viewport: { width: 375, height: 740 }, deviceScaleFactor: 2 };

const shot = async (name: string, survey: Survey, options = {}, act?: (page: import("playwright-core").Page) => Promise<void>) => {
  server.reset();
  server.page.body += `<div data-exitpoll="${survey.key}" style="position:absolute;top:60px;left:60px;width:420px"></div>`;
  server.live({ ...survey, trigger: { type: "manual" } });
  const ctx = await context(browser, options);
  const page = await ctx.newPage();
  page.on("pageerror", (e) => console.error(name, e));
  await page.goto(server.shop);
  await page.evaluate((key) => window.exitpoll!("show", key), survey.key);
  await settled(page);
  await page.waitForTimeout(400);
  await act?.(page);
  await page.waitForTimeout(400);
  await page.screenshot({ path: `${dir}/${name}.png` });
  await ctx.close();
};

const german: Survey = { ...leaving, locale: "de" };
const arabic: Survey = {
  ...leaving,
  locale: "ar",
  questions: [
    {
      key: "reason",
      type: "single_choice",
      prompt: "ما الذي منعك من إتمام الطلب اليوم؟",
      other: true,
      choices: [
        { key: "shipping", label: "تكلفة الشحن مرتفعة" },
        { key: "price", label: "السعر مرتفع" },
      ],
    },
  ],
};
const press = (key: string) => async (page: import("playwright-core").Page) => {
  await page.keyboard.press("Tab");
  await page.keyboard.press(key);
};
const scoreBar: Survey = { ...score, placement: { type: "bar", position: "bottom" } };

await shot("modal", leaving);
await shot("modal-chosen", leaving, {}, press("ArrowDown"));
await shot("modal-other", leaving, {}, async (page) => void (await page.getByText("Other").click()));
await shot("modal-text", leaving, {}, async (page) => void (await page.getByText("The price").click()));
await shot("modal-error", leaving, {}, async (page) => void (await page.getByText("Next").click()));
await shot("ending", leaving, {}, async (page) => void (await page.getByText("Shipping").click()));
await shot("dark", german, { colorScheme: "dark" }, press("ArrowDown"));
await shot("rtl", arabic);
await shot("slide-in", score);
await shot("slide-in-chosen", score, {}, async (page) => void (await page.getByRole("radio", { name: "8" }).hover()));
await shot("bar", scoreBar);
await shot("bar-choices", { ...leaving, placement: { type: "bar" } });
await shot("inline", { ...leaving, placement: { type: "inline" } });
await shot("phone-modal", leaving, phone);
await shot("phone-score", score, phone);
await shot("phone-bar", scoreBar, phone);
await shot("phone-dark", score, { ...phone, colorScheme: "dark" });
await shot("thanks", { ...leaving, endings: [] }, {}, async (page) => void (await page.getByText("Shipping").click()));

await browser.close();
server.close();
