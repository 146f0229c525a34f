import { afterEach, expect } from "vitest";
import { guard, listen } from "../../src/shared/guard";

/** Counts who listens, so that a test sees what is left behind. */
class Target extends EventTarget {
  private ears = new Set<string>();
  private names = new Map<unknown, number>();
  private ear([type, listener, options]: Parameters<EventTarget["addEventListener"]>) {
    if (!this.names.has(listener)) this.names.set(listener, this.names.size);
    return [type, this.names.get(listener), (options as AddEventListenerOptions).capture].join();
  }
  get listening() {
    return this.ears.size;
  }
  override addEventListener(...args: Parameters<EventTarget["addEventListener"]>) {
    this.ears.add(this.ear(args));
    super.addEventListener(...args);
  }
  override removeEventListener(...args: Parameters<EventTarget["removeEventListener"]>) {
    this.ears.delete(this.ear(args));
    super.removeEventListener(...args);
  }
  /** Something happens here, at this time of the page's clock. */
  happens(type: string, more: object = {}, timeStamp = performance.now()) {
    const event = new Event(type);
    for (const [key, value] of Object.entries({ timeStamp, ...more })) Object.defineProperty(event, key, { value });
    this.dispatchEvent(event);
  }
}

const errors: unknown[] = [];

/** A page without a browser, in which the loader has already done its part. */
export const page = {
  window: Object.assign(new Target(), { exitpoll: { $: { guard, listen, fail: (e: unknown) => errors.push(e) } } }),
  document: Object.assign(new Target(), {
    hidden: false,
    activeElement: null as null | { matches(selector: string): boolean; shadowRoot?: null },
    fullscreenElement: null as unknown,
    documentElement: { scrollHeight: 3000 },
    querySelectorAll: () => [] as unknown[],
  }),
  scroll(to: number, timeStamp?: number) {
    Object.assign(globalThis, { scrollY: to });
    page.document.happens("scroll", {}, timeStamp);
  },
  select(type: string) {
    Object.assign(globalThis, { getSelection: () => ({ type }) });
  },
};

class Element {
  constructor(private selectors: string[]) {}
  matches(selector: string) {
    if (selector.startsWith("!")) throw new SyntaxError(selector);
    return this.selectors.includes(selector);
  }
}
/** An element that matches these selectors. */
export const element = (...selectors: string[]) => new Element(selectors);

Object.assign(globalThis, { ...page, scroll: undefined, Element, innerHeight: 1000, scrollY: 0 });
page.select("None");

afterEach(() => {
  page.document.hidden = false;
  page.document.activeElement = null;
  page.document.fullscreenElement = null;
  page.select("None");
  Object.assign(globalThis, { scrollY: 0 });
  // What the guard caught is a defect here.
  expect(errors.splice(0)).toEqual([]);
});
