// Pictures of every look, for human eyes: npm run shots -- DIR [NAME…]
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import type { Question, Survey } from "../../src/shared/types";
import { only, question, types } from "./gallery";
import { fake } from "./server";
import { context, launch, leaving, score, settled } from "./support";
import { arabic } from "./words";

const [dir = "shots", ...wanted] = process.argv.slice(2);
mkdirSync(dir, { recursive: true });
const server = await fake();
const browser = await launch();

const desktop = { viewport: { width: 900, height: 640 } };
const phone = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
type Act = (page: Page) => Promise<unknown>;

const shot = async (name: string, survey: Survey, options: object = desktop, act?: Act) => {
  if (wanted.length && !wanted.some((part) => name.includes(part))) return;
  server.reset();
  server.page.head = '<meta name="viewport" content="width=device-width">';
  server.page.body += `<div data-exitpoll="${survey.key}" style="position:absolute;top:60px;left:20px;right:20px;max-width:520px"></div>`;
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

const tap = (text: string): Act => (page) => page.getByText(text, { exact: true }).first().click();
const press =
  (...keys: string[]): Act =>
  async (page) => {
    for (const key of keys) await page.keyboard.press(key);
  };
const going = press("Tab", "ArrowDown");

for (const type of types) {
  await shot(`type-${type}`, only(type));
  await shot(`type-${type}-dark`, only(type), { ...desktop, colorScheme: "dark" }, going);
  await shot(`type-${type}-phone`, only(type), phone);
}
const right = (q: Partial<Question>): Survey => ({
  ...leaving,
  locale: "ar",
  dir: "rtl",
  words: arabic,
  questions: [{ ...question("single_choice"), prompt: "ما الذي منعك من إتمام الطلب اليوم؟", help: undefined, ...q }],
});
const labels = [
  { key: "shipping", label: "تكلفة الشحن مرتفعة" },
  { key: "price", label: "السعر مرتفع" },
];
await shot("rtl", right({ choices: labels }), desktop, going);
await shot("rtl-ranking", right({ type: "ranking", choices: labels }));
await shot("rtl-nps-phone", right({ type: "nps", low: "غير محتمل", high: "محتمل جدًا" }), phone);

const ten = Array.from({ length: 10 }, (_, i) => ({ key: `c${i}`, label: `Choice ${i + 1}, which takes its time to say what it means on a phone` }));
await shot("ten-phone", only("single_choice", { choices: ten }), phone);
await shot("long-word", only("single_choice", { choices: [{ key: "a", label: "Donaudampfschifffahrtsgesellschaftskapitänsmütze" }, ...ten.slice(0, 1)] }), { viewport: { width: 320, height: 640 } });

const more: Question[] = [question("long_text", { key: "b" }), question("nps", { key: "c" }), question("email", { key: "d" })];
const four = only("single_choice", {}, { questions: [{ ...question("single_choice"), required: true }, ...more] });
await shot("four-second", four, desktop, tap("The price is too high"));
await shot("four-error", four, desktop, tap("Next"));
await shot("other", only("single_choice"), desktop, tap("Other"));

const store: Survey = { ...leaving, theme: { accent: "#c2410c", background: "#fff8ed", text: "#3b1d0a", radius: 4, font: "Georgia, serif", css: "h2{font-style:italic}" } };
await shot("store", store, desktop, going);

const gift: Survey = { ...leaving, endings: [{ ...leaving.endings![0]!, coupon: { pool: "free" } }] };
await shot("coupon", gift, desktop, tap("Shipping costs too much"));
await shot("coupon-phone", gift, phone, tap("Shipping costs too much"));
await shot("thanks", only("rating"), desktop, tap("Send"));

for (const type of ["modal", "slide_in", "bar", "inline"] as const) {
  await shot(`place-${type}`, { ...leaving, placement: { type } });
  await shot(`place-${type}-score`, { ...score, placement: { type } });
  await shot(`place-${type}-phone`, { ...leaving, placement: { type } }, phone);
}
await shot("place-bar-top", { ...score, placement: { type: "bar", position: "top" } });
await shot("place-slide-left", { ...score, placement: { type: "slide_in", position: "bottom-left" } });
await shot("forced", leaving, { ...desktop, forcedColors: "active" }, going);
await shot("forced-nps", only("nps"), { ...desktop, forcedColors: "active" }, going);

/** Several pictures side by side, as docs/images has them. */
const sheet = async (name: string, files: string[], width: number, columns: number) => {
  if (!files.every((file) => existsSync(`${dir}/${file}.png`))) return;
  const page = await browser.newPage({ viewport: { width: columns * (width + 16) + 16, height: 100 } });
  const pictures = files.map((file) => `<img width="${width}" src="data:image/png;base64,${readFileSync(`${dir}/${file}.png`).toString("base64")}">`);
  await page.setContent(`<body style="margin:16px;display:flex;flex-wrap:wrap;gap:16px;background:#eceef1">${pictures.join("")}`);
  await page.screenshot({ path: `${dir}/${name}.png`, fullPage: true });
  await page.close();
};
const phones = ["single_choice", "nps", "csat", "rating", "image_choice", "ranking", "matrix", "email"];
await sheet("question-types", phones.map((type) => `type-${type}-phone`), 216, 4);
await sheet("placements", ["modal", "slide_in", "bar", "inline"].map((type) => `place-${type}`), 440, 2);

await browser.close();
server.close();
