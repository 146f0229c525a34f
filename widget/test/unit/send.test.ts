import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createQueue } from "../../src/core/queue";
import { createSender } from "../../src/core/send";
import { createStore } from "../../src/core/storage";
import { page } from "./page";

interface Body {
  events: { id: string; type: string }[];
}
let sent: { body: Body; keepalive: boolean }[];
let beacons: Body[];
/** The server's answers, in order; the last one stays. A status, with seconds to wait, or no answer at all. */
let answers: (number | [number, string] | undefined)[];

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  [sent, beacons, answers] = [[], [], [202]];
  vi.stubGlobal("navigator", { sendBeacon: (_: string, body: string) => beacons.push(JSON.parse(body) as Body) });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const start = () => {
  const fetch = (_: string, init: { body: string; keepalive: boolean }) => {
    sent.push({ ...init, body: JSON.parse(init.body) as Body });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === undefined) return Promise.reject(new TypeError("offline"));
    const [status, wait] = [answer].flat() as [number, string?];
    return Promise.resolve({ status, headers: new Map([["retry-after", wait]]) });
  };
  const queue = createQueue(createStore("x:", false));
  return createSender(queue, "/events", { fetch: fetch as never }, () => ({ visitor: "v", session: "s" }));
};
const types = () => sent.map(({ body }) => body.events.map((e) => e.type).join());
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("sending", () => {
  it("takes what one task reports together, in a way that outlives the page", async () => {
    const sender = start();
    sender.add("a", {});
    sender.add("b", {});
    await pass(0);
    expect(types()).toEqual(["a,b"]);
    expect(sent[0]!.keepalive).toBe(true);
    await pass(1e6);
    expect(sent).toHaveLength(1);
  });

  it("tries again later and later, with the same ids, and takes newer events along", async () => {
    answers = [undefined, 503, 500, 202];
    const sender = start();
    sender.add("a", {});
    await pass(0);
    sender.add("b", {});
    await pass(1999);
    expect(types()).toEqual(["a"]);
    await pass(1);
    expect(types()).toEqual(["a", "a,b"]);
    await pass(3999);
    expect(sent).toHaveLength(2);
    await pass(1);
    await pass(8000);
    expect(types()).toEqual(["a", "a,b", "a,b", "a,b"]);
    expect(new Set(sent.map(({ body }) => body.events[0]!.id)).size).toBe(1);
    await pass(1e6);
    expect(sent).toHaveLength(4);
  });

  it("never waits longer than two minutes by itself", async () => {
    answers = [503];
    start().add("a", {});
    await pass(3_600_000);
    const before = sent.length;
    await pass(120_000);
    expect(sent.length).toBe(before + 1);
  });

  it("waits as long as the server says", async () => {
    answers = [[429, "30"], 202];
    start().add("a", {});
    await pass(29_999);
    expect(sent).toHaveLength(1);
    await pass(1);
    expect(sent).toHaveLength(2);
  });

  it.each([400, 413])("gives up what can never be right (%i)", async (status) => {
    answers = [status];
    start().add("a", {});
    await pass(1e6);
    expect(sent).toHaveLength(1);
  });

  it("does not send what is on its way, and hands it to the beacon when the page goes and the network does not", async () => {
    answers = [undefined];
    const sender = start();
    sender.add("a", {});
    page.document.hidden = true;
    sender.flush();
    sender.flush();
    expect(sent).toHaveLength(1);
    await pass(0);
    expect(beacons.map((b) => b.events[0]!.id)).toEqual([sent[0]!.body.events[0]!.id]);
  });

  it("comes back with the network", async () => {
    answers = [undefined, 202];
    start().add("late", {});
    await pass(0);
    page.window.happens("online");
    await pass(0);
    // The senders of earlier tests hear it, too.
    expect(types().filter((type) => type === "late")).toHaveLength(2);
  });
});
