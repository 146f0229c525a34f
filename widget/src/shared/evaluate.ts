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

/** Does one item of the fact satisfy the operator? `undefined`: this page cannot tell. */
const holds = (op: string, item: unknown, value: unknown, listed: boolean): boolean | undefined => {
  if (op === "eq") return same(item, value);
  if (op === "in") return (value as unknown[]).some((v) => same(item, v));
  if (op === "gt") return number(item) > number(value);
  if (op === "gte") return number(item) >= number(value);
  if (op === "lt") return number(item) < number(value);
  if (op === "lte") return number(item) <= number(value);
  if (op === "contains" && listed) return same(item, value);
  if (!/^(contains|glob|regex)$/.test(op)) return undefined;
  if (typeof item !== "string") return false;
  if (op === "contains") return lower(item).includes(lower(value));
  return op === "glob" ? glob(item, value) : new RegExp(String(value), "iu").test(item);
};

const test = (op: string, fact: unknown, value: unknown): boolean | undefined => {
  if (fact === undefined) return undefined;
  const items = fact === null ? [] : Array.isArray(fact) ? fact : [fact];
  if (op === "exists") return !!items.length === (value !== false);
  const negated = op === "ne" || op === "not_in";
  const positive = negated ? (op === "ne" ? "eq" : "in") : op;
  let found: boolean | undefined = false;
  for (const item of items) {
    const one = holds(positive, item, value, Array.isArray(fact));
    if (one !== false) found = one;
    if (one) break;
  }
  return found === undefined ? found : found !== negated;
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
    return test(rule.op || "", lookup(rule.field || rule.answer || ""), rule.value);
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
