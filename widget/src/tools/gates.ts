import { me } from "../core/visitor";
import { place } from "../shared/place";
import type { Candidate, Handoff, Lookup, Rule, Verdict } from "../shared/types";
import { span, type Line } from "./line";
import { moments, watch, type Came } from "./moment";

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

/** What stands between a survey and this page view, as the page itself sees it. */
export const pageGates = (s: Candidate, $: Handoff, came?: Came, now = Date.now()): Line[] => {
  const { ctx, config } = $;
  const lookup = ctx?.facts() || $.page;
  const { trigger } = s;
  const lines: Line[] = [];
  const add = (mark: Verdict, label: string, text: string, rules?: Line[]) => lines.push({ mark, label, text, rules });

  const blocked = (config.block || []).find(
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
  return [...lines, ...watch(s, $), ...moments(s, $, came, now)];
};
