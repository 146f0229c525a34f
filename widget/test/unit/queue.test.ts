import { describe, expect, it } from "vitest";
import { createQueue, fit, MAX_BYTES, MAX_EVENTS, type Waiting } from "../../src/core/queue";
import { createStore } from "../../src/core/storage";
import { disk } from "./disk";

let n = 0;
const entry = (type = "custom", session = "s1", more = {}): Waiting => ({
  visitor: "v",
  session,
  event: { id: String(++n), type, at: n, ...more },
});
const none = new Set<string>();
const ids = (batch: Waiting[]) => batch.map((w) => w.event.id);

describe("queue", () => {
  it("keeps an event until it is settled, also over a page change", () => {
    const shared = disk();
    const open = () => createQueue(createStore("x:", true, () => shared));
    const first = open();
    const event = entry();
    first.add(event);
    expect(open().batch(none)).toEqual([event]);
    first.settle([event.event.id]);
    expect(open().batch(none)).toEqual([]);
    expect(Object.keys(shared)).toEqual([]);
  });
  it("leaves the events of other tabs alone", () => {
    const shared = disk();
    const open = () => createQueue(createStore("x:", true, () => shared));
    const [one, two] = [open(), open()];
    const [a, b] = [entry(), entry()];
    one.add(a);
    two.add(b);
    one.settle([a.event.id]);
    expect(ids(open().batch(none))).toEqual([b.event.id]);
  });
  it("sends one session at a time, without what is on its way", () => {
    const queue = createQueue(createStore("x:", false));
    const [a, b, c] = [entry(), entry("custom", "s2"), entry()];
    [a, b, c].forEach(queue.add);
    expect(queue.batch(none)).toEqual([a, c]);
    expect(queue.batch(new Set(ids([a, c])))).toEqual([b]);
  });
  it("stays within what one request may carry", () => {
    const many = createQueue(createStore("x:", false));
    for (let i = 0; i < MAX_EVENTS + 1; i++) many.add(entry());
    expect(many.batch(none)).toHaveLength(MAX_EVENTS);
    const big = createQueue(createStore("x:", false));
    for (let i = 0; i < 4; i++) big.add(entry("custom", "s1", { text: "ö".repeat(MAX_BYTES / 5) }));
    expect(big.batch(none)).toHaveLength(2);
  });
  it("gives up the oldest first, answers and orders last", () => {
    const kept = fit([entry("survey.answered"), entry("custom"), entry("survey.shown"), entry("order.completed")], 200);
    expect(kept.map((w) => w.event.type)).toEqual(["survey.answered", "order.completed"]);
  });
});
