// What the widget costs the page around it, in Chromium: npm run bench. BENCH_RUNS (9) sets the number of runs.
import type { Browser, Page } from "playwright-core";
import { context, launch, settled } from "../test/browser/support";
import { open, type Look, type Shop } from "./shop";
import { read, type Found, type TraceEvent } from "./trace";

const RUNS = Number(process.env["BENCH_RUNS"] || 9);
// The core asks and the UI is fetched while the page idles, after two seconds at the latest.
const VIEW = 3_000;
const CATEGORIES = ["devtools.timeline", "blink.user_timing", "loading", "toplevel", "v8", "disabled-by-default-devtools.timeline"];

const least = (values: number[]) => Math.min(...values);
const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

interface View extends Found {
  bytes: number;
  cookies: number;
  foreign: number;
  errors: number;
}

const visit = async (browser: Browser, shop: Shop, rate: number, use: (page: Page, errors: () => number) => Promise<void>) => {
  const ctx = await context(browser);
  const page = await ctx.newPage();
  let errors = 0;
  page.on("pageerror", () => errors++);
  page.on("console", (m) => /error|warning/.test(m.type()) && errors++);
  const cdp = await ctx.newCDPSession(page);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate });
  shop.forget();
  await use(page, () => errors);
  await ctx.close();
};

const traced = async (browser: Browser, page: Page, act: () => Promise<unknown>) => {
  await browser.startTracing(page, { categories: CATEGORIES });
  await act();
  return JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
};

/** One page view, from the navigation until nothing more is to come. */
const view = async (browser: Browser, shop: Shop, look: Look, rate: number): Promise<View> => {
  let result: View | undefined;
  await visit(browser, shop, rate, async (page, errors) => {
    let foreign = 0;
    const url = shop.url(look);
    page.on("request", (r) => {
      if (![url, shop.polls, "data:"].some((known) => r.url().startsWith(known))) foreign++;
    });
    const trace = await traced(browser, page, async () => {
      await page.goto(url);
      await page.waitForTimeout(VIEW);
    });
    const code = [...shop.sent].filter(([path]) => !/\/(decide|events)$|\/ui\./.test(path));
    result = {
      ...read(trace),
      bytes: code.reduce((sum, [, bytes]) => sum + bytes, 0),
      cookies: (await page.context().cookies()).length,
      foreign,
      errors: errors(),
    };
  });
  return result!;
};

interface Exit extends Found {
  paint: number;
  bytes: number;
}

/** From the pointer's leaving to the first paint with the dialog in it; the dwell in between runs no script. */
const exit = async (browser: Browser, shop: Shop, rate: number): Promise<Exit> => {
  let result: Exit | undefined;
  await visit(browser, shop, rate, async (page) => {
    await page.goto(shop.url("armed"));
    await settled(page);
    await page.evaluate(() => window.exitpoll!("on", "shown", () => performance.mark("shown")));
    await page.mouse.move(300, 400);
    await page.mouse.wheel(0, 40);
    await page.waitForFunction(() => scrollY > 0 && performance.now() > 1500);
    const trace = await traced(browser, page, async () => {
      // One after another within the gesture's window, as a hand moves; a headless browser has no edge to cross.
      await page.evaluate(() => {
        const at = (type: string, clientY: number) =>
          document.documentElement.dispatchEvent(new MouseEvent(type, { bubbles: true, relatedTarget: null, clientX: 300, clientY }));
        [400, 250, 100].forEach((y, i) => setTimeout(() => at("mousemove", y), i * 16));
        setTimeout(() => {
          performance.mark("signal");
          at("mouseout", -4);
        }, 64);
      });
      await page.getByRole("dialog").waitFor();
      await page.waitForTimeout(500);
    });
    result = { ...read(trace, ["signal", "shown"]), bytes: shop.sent.get("/assets/ui.bench.js") ?? 0 };
  });
  return result!;
};

const measure = async (browser: Browser, shop: Shop, rate: number) => {
  const views: Record<Look, View[]> = { blank: [], unarmed: [], armed: [] };
  const exits: Exit[] = [];
  for (let run = 0; run < RUNS; run++) {
    // In turn, so that a busy minute falls on all of them.
    for (const look of ["blank", "unarmed", "armed"] as const) views[look].push(await view(browser, shop, look, rate));
    exits.push(await exit(browser, shop, rate));
  }
  const worst = (key: keyof View) => Math.max(...[...views.unarmed, ...views.armed].map((v) => v[key]));
  /** `pick` makes one figure of those of all runs. */
  const figures = (pick: (values: number[]) => number) => {
    const of = (look: Look, key: keyof View) => pick(views[look].map((v) => v[key]));
    const over = (look: Look, key: keyof View) => Math.max(0, of(look, key) - of("blank", key));
    return {
      blank: of("blank", "script"),
      unarmed: over("unarmed", "script"),
      armed: over("armed", "script"),
      long: Math.max(over("unarmed", "long"), over("armed", "long")),
      open: pick(exits.map((e) => e.script)),
      openRender: pick(exits.map((e) => e.render)),
      paint: pick(exits.map((e) => e.paint)),
      unarmedBytes: of("unarmed", "bytes"),
      armedBytes: of("armed", "bytes"),
      uiBytes: pick(exits.map((e) => e.bytes)),
      shift: Math.max(worst("shift"), ...exits.map((e) => e.shift)),
      cookies: worst("cookies"),
      foreign: worst("foreign"),
      errors: worst("errors"),
    };
  };
  return { median: figures(median), least: figures(least) };
};

type Figures = Awaited<ReturnType<typeof measure>>;

/** One row; what cannot vary is one number, what can is the median and, in brackets, the least. */
const row = (what: string, key: keyof Figures["median"], unit: string, bar: number | undefined, full: Figures, slow: Figures) => {
  const cell = (f: Figures) =>
    unit === "ms" ? `${f.median[key].toFixed(1)} (${f.least[key].toFixed(1)}) ms` : `${f.median[key]} ${unit}`.trim();
  const verdict = bar === undefined ? "" : full.median[key] <= bar ? "reached" : "**not reached**";
  console.log(`| ${what} | ${cell(full)} | ${cell(slow)} | ${bar === undefined ? "" : `${bar} ${unit}`.trim()} | ${verdict} |`);
};

const shop = await open();
const browser = await launch();
try {
  const full = await measure(browser, shop, 1);
  const slow = await measure(browser, shop, 4);
  console.log(`Chromium ${browser.version()}, medians (least) of ${RUNS} runs, processor time of the page's main thread\n`);
  console.log("| what | full speed | slowed 4 times | bar | |\n|---|---|---|---|---|");
  const rows: [string, keyof Figures["median"], string, number?][] = [
    ["script on the page without the tag", "blank", "ms"],
    ["script more with it, nothing can apply", "unarmed", "ms", 3],
    ["script more with it, a survey armed and fetched", "armed", "ms", 3],
    ["long tasks more with it", "long", "", 0],
    ["script from exit signal to painted dialog", "open", "ms", 3],
    ["styles, layout and paint in that time", "openRender", "ms"],
    ["from the start of the task that opens it to the end of the paint", "paint", "ms"],
    ["bytes, nothing can apply", "unarmedBytes", "B", 2_500],
    ["bytes, a survey armed", "armedBytes", "B", 6_144],
    ["bytes more to show it", "uiBytes", "B", 8_192],
    ["layout shift", "shift", "", 0],
    ["cookies", "cookies", "", 0],
    ["third-party requests", "foreign", "", 0],
    ["console errors and warnings", "errors", "", 0],
  ];
  for (const [what, key, unit, bar] of rows) row(what, key, unit, bar, full, slow);
} finally {
  await browser.close();
  shop.close();
}
