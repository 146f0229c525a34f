import { me } from "../core/visitor";
import { place } from "../shared/place";
import type { Candidate, Handoff, Lookup, Rule, Trigger, Verdict } from "../shared/types";

/** One rule and how it came out; `rules` are its parts. */
export interface Line {
  mark: Verdict;
  label: string;
  text: string;
  rules?: Line[];
}

const UNITS: [number, string][] = [
  [864e5, "day"],
  [36e5, "hour"],
  [6e4, "minute"],
  [1e3, "second"],
];

/** `36 hours`: in a unit of which there are at least two. */
export const span = (ms: number): string => {
  const [size, unit] = UNITS.find(([size]) => ms >= 2 * size) || UNITS[3]!;
  const n = Math.max(0, Math.round(ms / size));
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
};

const WISHES: Record<string, string> = {
  eq: "",
  ne: "anything but ",
  in: "one of ",
  not_in: "none of ",
  gt: "more than ",
  gte: "at least ",
  lt: "less than ",
  lte: "at most ",
  contains: "something with ",
  glob: "something like ",
  regex: "something matching ",
};

const quote = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(quote).join(", ") || "nothing"
    : typeof value === "string"
      ? `“${value}”`
      : typeof value === "number"
        ? String(Math.round(value * 100) / 100)
        : String(value);

/** Every comparison of a targeting with what this page knows, in the order of the document. */
export const leaves = (rule: Rule, $: Pick<Handoff, "evaluate">, lookup: Lookup, negated = false): Line[] => {
  if (rule.not) return leaves(rule.not, $, lookup, !negated);
  const parts = rule.all || rule.any;
  if (parts) return parts.flatMap((part) => leaves(part, $, lookup, negated));
  const { field = "", op = "", value } = rule;
  const fact = lookup(field);
  const found = fact === undefined ? "is not known here" : fact === null ? "does not exist" : `is ${quote(fact)}`;
  const wish = op === "exists" ? (value === false ? "nothing" : "something") : WISHES[op] + quote(value);
  return [
    {
      mark: $.evaluate(negated ? { not: rule } : rule, lookup),
      label: field,
      text: `${found}, ${negated ? "must not be" : "needs"} ${wish}`,
    },
  ];
};

const depth = () => {
  const { scrollHeight } = document.documentElement;
  return Math.min(100, Math.round(((scrollY + innerHeight) / scrollHeight) * 100));
};

const SIGNS: Record<string, string> = {
  scroll_up: "a fast scroll up",
  idle: "idleness with a filled cart",
  return: "a return to the tab",
};

/** What a trigger waits for, and what is missing. `seconds`: how long this page view lasts. */
const moment = (trigger: Trigger, $: Handoff, seconds: number): Line => {
  const line = (mark: Verdict, text: string): Line => ({ mark, label: "Moment", text });
  const left = Math.ceil((trigger.min_seconds ?? trigger.seconds ?? 0) - seconds);
  const soon = left > 0 ? `; not before ${span(left * 1000)} from now` : "";
  const { type, percent = 0, selector = "", name, mobile = [] } = trigger as Trigger & Partial<Record<"selector" | "name", string>> & {
    percent?: number;
    mobile?: string[];
  };
  switch (type) {
    case "exit_intent": {
      const signs = mobile.map((sign) => SIGNS[sign] || sign).join(", ");
      const desktop = $.page("device") === "desktop";
      if (desktop) return line("maybe", `the pointer leaves through the top of the page${soon}`);
      return signs ? line("maybe", `on this device: ${signs}${soon}`) : line("no", "no sign of leaving is set for this device");
    }
    case "delay":
      return left > 0 ? line("maybe", `in ${span(left * 1000)}`) : line("yes", `${trigger.seconds} seconds are over`);
    case "scroll":
      return line(depth() >= percent ? "yes" : "maybe", `${percent} % of the page were seen; now ${depth()} %`);
    case "click": {
      const n = document.querySelectorAll(selector).length;
      return line(n ? "maybe" : "no", `a click on ${selector}, of which this page has ${n || "none"}`);
    }
    case "event":
      return line("maybe", `the page calls exitpoll('track', '${name}')`);
    case "order":
      return $.ctx?.told.order ? line("yes", "an order was reported") : line("maybe", "the page calls exitpoll('order', …)");
    case "manual":
      return line("maybe", "the page calls exitpoll('show', …)");
    default:
      return line("yes", "as the page opens");
  }
};

/** What stands between a survey and this page view, as the page itself sees it. */
export const pageGates = (s: Candidate, $: Handoff, now = Date.now()): Line[] => {
  const { ctx, config } = $;
  const known: ((seconds: boolean) => Lookup) | undefined = ctx?.facts;
  const lookup = known?.(true) || $.page;
  const trigger = s.trigger || { type: s.kind === "post_purchase" ? "order" : s.kind };
  const lines: Line[] = [];
  const add = (mark: Verdict, label: string, text: string, rules?: Line[]) => lines.push({ mark, label, text, rules });

  const blocked = ((config as { block?: string[] }).block || []).find(
    (value) => $.evaluate({ field: "page.path", op: "glob", value }, $.page) === "yes",
  );
  if (blocked && trigger.type !== "order") add("no", "Page", `nothing opens by itself on ${blocked}`);
  else add("yes", "Page", "surveys may open here");

  const targeted = $.evaluate(s.targeting, lookup);
  const verdict = { yes: "all that is needed is here", no: "something is missing", maybe: "some of it only the server knows" };
  if (s.targeting) add(targeted, "Targeting", verdict[targeted], leaves(s.targeting, $, lookup));
  else add("yes", "Targeting", "for everybody");

  const { last } = ctx ? me(ctx.store) : {};
  const rest = (last || 0) + (config.gap || 0) - now;
  if (last && trigger.type !== "order") {
    const ago = `a survey came ${span(now - last)} ago in this browser`;
    add(rest > 0 ? "no" : "yes", "Rest", rest > 0 ? `${ago}; rests ${span(rest)} more` : ago);
  } else add("yes", "Rest", last ? "after an order nobody has to wait" : "no survey came in this browser yet");

  if (s.placement?.type === "inline")
    add(place(s.key) ? "yes" : "no", "Place", `an element with data-exitpoll="${s.key}"${place(s.key) ? "" : " is missing"}`);
  lines.push(moment(trigger, $, (performance.now() - $.started) / 1000));
  return lines;
};
