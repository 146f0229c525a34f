/** One event of Chromium's trace; times in microseconds. */
export interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  /** The processor time of the thread: what other processes take from it does not count. */
  tdur?: number;
  args: { name?: string; data?: { score?: number } };
}

// What runs script; one may lie inside another.
const SCRIPT = /^(EvaluateScript|v8\.compile|v8\.compileModule|FunctionCall|TimerFire|FireIdleCallback|FireAnimationFrame|EventDispatch|RunMicrotasks|V8\.RunMicrotasks)$/;
const RENDER = /^(UpdateLayoutTree|Layout|PrePaint|Paint|Layerize|Commit)$/;
const LONG = 50_000;

export interface Found {
  /** ms of processor time the main thread spent in script, without the layouts that script asked for. */
  script: number;
  /** ms it spent on styles, layout and paint. */
  render: number;
  /** Tasks of 50 ms or more. */
  long: number;
  /** Sum of the layout shifts' scores. */
  shift: number;
}

/** The events that lie in no other of them, so that none counts twice. */
const outermost = (events: TraceEvent[]): TraceEvent[] => {
  let end = 0;
  return [...events]
    .sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))
    .filter((e) => e.ts >= end && ((end = e.ts + (e.dur ?? 0)), true));
};

const total = (events: TraceEvent[]): number => events.reduce((sum, e) => sum + (e.tdur ?? e.dur ?? 0), 0) / 1000;

const inside = (e: TraceEvent, outer: TraceEvent[]): boolean =>
  outer.some((o) => e.ts >= o.ts && e.ts + (e.dur ?? 0) <= o.ts + (o.dur ?? 0));

/** The renderer's main thread that did the most: the page's own. */
const mainThread = (events: TraceEvent[]): TraceEvent[] => {
  const threads = events.filter((e) => e.name === "thread_name" && e.args.name === "CrRendererMain");
  const of = (t: TraceEvent) => events.filter((e) => e.pid === t.pid && e.tid === t.tid && e.ph !== "M");
  return threads.map(of).sort((a, b) => b.length - a.length)[0] ?? [];
};

/** When the page called `performance.mark(name)`. */
const mark = (events: TraceEvent[], name: string): number => {
  const found = events.find((e) => e.name === name && /^[IRi]$/.test(e.ph));
  if (!found) throw new Error(`the trace has no mark "${name}"`);
  return found.ts;
};

/** What the main thread did; `between` cuts out the time from one mark to the first paint after another. */
export const read = (trace: { traceEvents: TraceEvent[] }, between?: [from: string, to: string]): Found & { paint: number } => {
  const all = mainThread(trace.traceEvents);
  let events = all;
  let paint = 0;
  if (between) {
    const from = mark(all, between[0]);
    const to = mark(all, between[1]);
    const task = all.find((e) => e.name === "RunTask" && e.ts <= to && e.ts + (e.dur ?? 0) >= to);
    const painted = all.find((e) => e.name === "Paint" && e.ts > to);
    if (!task || !painted) throw new Error("the trace ends before the paint");
    const end = painted.ts + (painted.dur ?? 0);
    paint = (end - task.ts) / 1000;
    events = all.filter((e) => e.ts >= from && e.ts <= end);
  }
  const complete = events.filter((e) => e.ph === "X");
  const script = outermost(complete.filter((e) => SCRIPT.test(e.name)));
  const render = outermost(complete.filter((e) => RENDER.test(e.name)));
  return {
    script: total(script) - total(render.filter((e) => inside(e, script))),
    render: total(render),
    long: complete.filter((e) => e.name === "RunTask" && (e.tdur ?? e.dur ?? 0) >= LONG).length,
    shift: events.filter((e) => e.name === "LayoutShift").reduce((sum, e) => sum + (e.args.data?.score ?? 0), 0),
    paint,
  };
};
