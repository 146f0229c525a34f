import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import type { Survey } from "../../src/shared/types";

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env["CHROMIUM"] || "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

/** An exit survey: one question that branches, one text, an ending for those who mind the shipping. */
export const leaving: Survey = {
  key: "why-leaving",
  kind: "exit_intent",
  locale: "en",
  placement: { type: "modal" },
  trigger: { type: "exit_intent", min_seconds: 0 },
  questions: [
    {
      key: "reason",
      type: "single_choice",
      prompt: "What stopped you from ordering today?",
      help: "One tap is enough.",
      required: true,
      other: true,
      choices: [
        { key: "shipping", label: "Shipping costs too much" },
        { key: "price", label: "The price is too high" },
        { key: "looking", label: "I am only looking" },
      ],
      next: [{ if: { answer: "reason", op: "eq", value: "shipping" }, go: "offer" }],
    },
    { key: "more", type: "long_text", prompt: "What would have made it easier?", placeholder: "In your own words" },
  ],
  endings: [{ key: "offer", title: "Shipping is on us today", text: "It comes off at checkout.", button: { label: "Back to my cart", url: "/cart" } }],
  theme: { accent: "#0b6e4f" },
};

/** A post-purchase score that slides in. */
export const score: Survey = {
  key: "score",
  kind: "post_purchase",
  locale: "en",
  placement: { type: "slide_in", position: "bottom-right" },
  trigger: { type: "order" },
  questions: [
    { key: "nps", type: "nps", prompt: "How likely are you to recommend us to a friend?", low: "Not at all likely", high: "Very likely" },
    { key: "why", type: "short_text", prompt: "You chose {{answer.nps}}. What is the main reason?" },
  ],
};

export const settled = (page: Page): Promise<void> => page.waitForFunction(() => !!window.exitpoll?.$?.ui).then(() => page.waitForTimeout(50));

/** Leaves through the top of the window as a hand does: a touch of the page, a few quick moves, gone. */
export const leave = async (page: Page): Promise<void> => {
  await page.mouse.move(300, 400);
  await page.mouse.wheel(0, 40);
  await page.waitForTimeout(100);
  for (const y of [300, 200, 100, 40]) await page.mouse.move(300, y);
  // Headless browsers have no edge to cross: the last event is the one a real one sends.
  await page.evaluate(() =>
    document.documentElement.dispatchEvent(
      new MouseEvent("mouseout", { bubbles: true, relatedTarget: null, clientX: 300, clientY: -4 }),
    ),
  );
};

export const context = (browser: Browser, options = {}): Promise<BrowserContext> =>
  browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
