import type { Lookup, Rule, Verdict } from "./types";

// The same table of cases (tests/targeting_cases.json) holds this file and the server's evaluator together.

const NUMBER = /^-?\d+(\.\d+)?$/;
const number = (v: unknown) => (typeof v === "number" ? v : typeof v === "string" && NUMBER.test(v) ? +v : NaN);
const lower = (v: unknown) => String(v).toLowerCase();

/** Equal as numbers where one side is a number, else as text without regard to case. */
const same = (a: unknown, b: unknown) =>
  typeof a === "number" || typeof b === "number"
    ? number(a) === number(b)
    : typeof a !== "object" && lower(a) === lower(b);

const glob = (text: string, pattern: unknown) =>
  new RegExp(`^${lower(pattern).replace(/[^\w*\s]/g, "\\$&").replace(/\*/g, ".*")}$`, "s").test(lower(text));

const text = (v: unknown) => typeof v === "string";

type Holds = (item: unknown, value: unknown, listed: boolean) => boolean;

/** Does one item of the fact satisfy the operator? */
const operators = new Map<unknown, Holds>([
  ["eq", same],
  ["in", (item, value) => (value as unknown[]).some((v) => same(item, v))],
  ["gt", (item, value) => number(item) > number(value)],
  ["gte", (item, value) => number(item) >= number(value)],
  ["lt", (item, value) => number(item) < number(value)],
  ["lte", (item, value) => number(item) <= number(value)],
  ["contains", (item, value, listed) => (listed ? same(item, value) : text(item) && lower(item).includes(lower(value)))],
  ["glob", (item, value) => text(item) && glob(item as string, value)],
  ["regex", (item, value) => text(item) && new RegExp(String(value), "iu").test(item as string)],
]);

const test = (op: unknown, fact: unknown, value: unknown): boolean | undefined => {
  if (fact === undefined) return undefined;
  const listed = Array.isArray(fact);
  const items: unknown[] = listed ? fact : fact === null ? [] : [fact];
  if (op === "exists") return !!items.length === (value !== false);
  if (op === "ne") return !items.some((item) => same(item, value));
  if (op === "not_in") return !test("in", fact, value);
  // An operator this page does not know: the server does.
  const holds = operators.get(op);
  return holds && items.some((item) => holds(item, value, listed));
};

const judge = (rule: Rule, lookup: Lookup): boolean | undefined => {
  if (rule.not) {
    const inner = judge(rule.not, lookup);
    return inner === undefined ? inner : !inner;
  }
  const group = rule.all || rule.any;
  if (group) {
    // `all` is settled by the first no, `any` by the first yes.
    const settles = !rule.all;
    const verdicts = group.map((r) => judge(r, lookup));
    return verdicts.includes(settles) ? settles : verdicts.includes(undefined) ? undefined : !settles;
  }
  try {
    return test(rule.op, lookup(rule.field || rule.answer || ""), rule.value);
  } catch {
    // A pattern this engine cannot read: the server knows.
    return undefined;
  }
};

/** Three-valued: what the page cannot know is "maybe", and the server settles it. */
export const evaluate = (rule: Rule | undefined, lookup: Lookup): Verdict => {
  const verdict = !rule || judge(rule, lookup);
  return verdict === undefined ? "maybe" : verdict ? "yes" : "no";
};
