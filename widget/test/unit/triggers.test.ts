import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { triggers, type Page } from "../../src/core/triggers/index";
import type { Trigger } from "../../src/shared/types";
import { element, page } from "./page";

const EXIT = {
  type: "exit_intent",
  min_seconds: 5,
  desktop: true,
  mobile: ["scroll_up", "idle", "return"],
  dwell_ms: 300,
  velocity: 0.3,
  scroll_speed: 1000,
  scroll_distance: 300,
  scroll_depth: 30,
  hidden_seconds: 5,
  idle_seconds: 40,
};

let view: Page;
let fired: (boolean | undefined)[];

beforeEach(() => {
  vi.useFakeTimers();
  fired = [];
  const begun = Date.now();
  view = { started: performance.now(), touched: true, mouse: true, tracked: new Set(), filled: () => true, since: () => begun };
});
/** Nothing may be left on the page once the last test's trigger is undone. */
let undo: undefined | (() => unknown);
afterEach(() => {
  undo?.();
  undo = undefined;
  expect([page.window.listening, page.document.listening, view.tracked.size, vi.getTimerCount()]).toEqual([0, 0, 0, 0]);
  vi.useRealTimers();
});

const arm = (trigger: Trigger) => {
  undo = triggers[trigger.type]!(trigger, (against) => fired.push(!!against), view, "key");
};
const times = () => fired.filter((against) => !against).length;
/** Moves up and out through the top, in so many ms, and ends so high. */
const leave = (ms = 60, more: object = {}) => {
  for (const y of [300, 150, 20]) {
    page.document.happens("mousemove", { clientY: y });
    vi.advanceTimersByTime(ms / 3);
  }
  page.document.happens("mouseout", { clientY: -3, buttons: 0, relatedTarget: null, ...more });
};

describe("a mouse that leaves", () => {
  beforeEach(() => {
    arm(EXIT);
    vi.advanceTimersByTime(10_000);
  });

  it("counts once it stays away for the dwell", () => {
    leave();
    vi.advanceTimersByTime(299);
    expect(times()).toBe(0);
    vi.advanceTimersByTime(1);
    expect(times()).toBe(1);
  });
  it("does not when it comes back", () => {
    leave();
    vi.advanceTimersByTime(200);
    page.document.happens("mousemove", { clientY: 10 });
    vi.advanceTimersByTime(1000);
    expect(fired).toEqual([]);
  });
  it.each([
    ["slowly", () => leave(3000)],
    ["into an element", () => leave(60, { relatedTarget: element() })],
    ["with a button held", () => leave(60, { buttons: 1 })],
    ["through the bottom", () => leave(60, { clientY: 1001 })],
    ["right after the window got the focus", () => (page.window.happens("focus"), leave())],
  ])("does not %s", (_, leaves) => {
    leaves();
    vi.advanceTimersByTime(1000);
    expect(fired).toEqual([]);
  });
  it.each([
    ["a field or a select is in use", () => (page.document.activeElement = element(":read-write,select"))],
    ["text is selected", () => page.select("Range")],
    ["something fills the screen", () => (page.document.fullscreenElement = element())],
  ])("comes at a bad time while %s", (_, happens) => {
    happens();
    leave();
    vi.advanceTimersByTime(300);
    expect(fired).toEqual([true]);
  });
  it("comes at a bad time before anyone has used the page", () => {
    view.touched = false;
    leave();
    vi.advanceTimersByTime(300);
    expect(fired).toEqual([true]);
  });
});

it("comes at a bad time before min_seconds are over", () => {
  arm(EXIT);
  vi.advanceTimersByTime(4000);
  leave();
  vi.advanceTimersByTime(300);
  expect(fired).toEqual([true]);
  vi.advanceTimersByTime(1000);
  leave();
  vi.advanceTimersByTime(300);
  expect(fired).toEqual([true, false]);
});

it("a mouse can be switched off, and a phone has none", () => {
  for (const [mouse, desktop] of [[true, false], [false, true]] as const) {
    view.mouse = mouse;
    arm({ ...EXIT, desktop, mobile: [] });
    vi.advanceTimersByTime(10_000);
    leave();
    vi.advanceTimersByTime(1000);
    undo!();
  }
  expect(fired).toEqual([]);
});

describe("a phone scrolled back up", () => {
  let t = 0;
  beforeEach(() => {
    view.mouse = false;
    arm({ ...EXIT, mobile: ["scroll_up"] });
    vi.advanceTimersByTime(10_000);
    t = 10_000;
  });
  /** From a height to another in steps of 16 ms; with `finger`, dragged all the way. */
  const scroll = (from: number, to: number, speed: number, finger = true) => {
    const step = (speed * 16) / 1000;
    const way = Math.abs(to - from);
    for (let done = 0; done <= way; done += step) {
      t += 16;
      if (finger) page.window.happens("touchmove", {}, t);
      page.scroll(from + Math.sign(to - from) * done, t);
    }
  };

  it("fast and far counts", () => {
    scroll(0, 1000, 800);
    scroll(1000, 500, 1500);
    expect(times()).toBeGreaterThan(0);
  });
  it("counts when thrown: the finger is gone, the page goes on", () => {
    scroll(0, 1000, 800);
    scroll(1000, 900, 3000);
    scroll(900, 400, 3000, false);
    expect(times()).toBeGreaterThan(0);
  });
  it.each([
    ["slowly", () => (scroll(0, 1000, 800), scroll(1000, 200, 700))],
    ["a little", () => (scroll(0, 1000, 800), scroll(1000, 760, 3000))],
    ["from where nothing was read yet", () => (scroll(0, 550, 800), scroll(550, 0, 3000))],
    ["by a script, long after the finger", () => (scroll(0, 1000, 800), (t += 1000), scroll(1000, 0, 5000, false))],
    ["by an anchor that was tapped", () => (scroll(0, 1000, 800), page.window.happens("touchstart", {}, t), scroll(1000, 0, 5000, false))],
    ["from beyond its end", () => (scroll(0, 2400, 2000), scroll(2400, 2000, 3000, false))],
    ["in two goes", () => (scroll(0, 1000, 800), scroll(1000, 820, 2000), scroll(820, 840, 800), scroll(840, 640, 2000))],
  ])("does not %s", (_, moves) => {
    moves();
    expect(fired).toEqual([]);
  });
});

describe("a tab come back to", () => {
  const hide = (hidden: boolean) => {
    page.document.hidden = hidden;
    page.document.happens("visibilitychange");
  };
  beforeEach(() => {
    view.mouse = false;
    arm({ ...EXIT, mobile: ["return"] });
    vi.advanceTimersByTime(10_000);
  });
  it("counts after a while", () => {
    hide(true);
    vi.advanceTimersByTime(5000);
    hide(false);
    expect(times()).toBe(1);
  });
  it("does not after a glance, or when it was never seen before", () => {
    hide(false);
    hide(true);
    vi.advanceTimersByTime(4900);
    hide(false);
    expect(fired).toEqual([]);
  });
});

describe("nobody stirs", () => {
  it.each([
    [false, 40],
    [true, 60],
  ])("with a mouse (%s) for %i seconds and something in the cart", (mouse, seconds) => {
    view.mouse = mouse;
    arm({ ...EXIT, desktop: false });
    vi.advanceTimersByTime(10_000);
    page.window.happens("scroll");
    vi.advanceTimersByTime(seconds * 1000 - 1);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(times()).toBe(1);
  });
  it("which is nothing with an empty cart", () => {
    view.filled = () => false;
    arm({ ...EXIT, desktop: false });
    vi.advanceTimersByTime(100_000);
    expect(fired).toEqual([]);
  });
});

it("a delay counts from when this session first waited, on whatever page", () => {
  view.since = () => Date.now() - 45_000;
  arm({ type: "delay", seconds: 60 });
  vi.advanceTimersByTime(14_999);
  expect(times()).toBe(0);
  vi.advanceTimersByTime(1);
  expect(times()).toBe(1);
});

it("a page view fires at once, but not before its arming is done", () => {
  arm({ type: "page_view" });
  expect(times()).toBe(0);
  vi.advanceTimersByTime(0);
  expect(times()).toBe(1);
});

it("a scroll depth fires once, by the shopper's doing", () => {
  arm({ type: "scroll", percent: 50 });
  view.touched = false;
  page.scroll(2000);
  expect(times()).toBe(0);
  view.touched = true;
  page.scroll(998);
  expect(times()).toBe(0);
  page.scroll(999);
  page.scroll(1500);
  expect(times()).toBe(1);
});

it("a click counts wherever in the path it is named, after the page's own handlers", () => {
  arm({ type: "click", selector: "#help" });
  const click = (...path: object[]) => page.document.happens("click", { composedPath: () => [...path, page.document, page.window] });
  click(element("svg"), element("#help"));
  expect(times()).toBe(0);
  vi.advanceTimersByTime(0);
  expect(times()).toBe(1);
  click(element("#buy"));
  vi.advanceTimersByTime(10);
  expect(times()).toBe(1);
});

it("a selector that is none fires never and breaks nothing", () => {
  arm({ type: "click", selector: "!" });
  page.document.happens("click", { composedPath: () => [element("#help")] });
  vi.advanceTimersByTime(10);
  expect(fired).toEqual([]);
});

it("an event is heard by its name", () => {
  arm({ type: "event", name: "guide" });
  view.tracked.forEach((heard) => heard("other"));
  expect(times()).toBe(0);
  view.tracked.forEach((heard) => heard("guide"));
  expect(times()).toBe(1);
});
