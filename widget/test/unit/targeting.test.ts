import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../src/shared/evaluate";
import type { Rule } from "../../src/shared/types";

interface Case {
  name: string;
  targeting: Rule;
  facts: Record<string, unknown>;
  expect: string;
}

const cases = JSON.parse(readFileSync(new URL("../../../tests/targeting_cases.json", import.meta.url), "utf8")) as Case[];

/** As the server reads facts: `group.*` speaks for every field of the group that is not named. */
const lookup = (facts: Record<string, unknown>) => (field: string) => {
  if (field in facts) return facts[field];
  for (let at = field.lastIndexOf("."); at > 0; at = field.lastIndexOf(".", at - 1)) {
    const star = field.slice(0, at) + ".*";
    if (star in facts) return facts[star];
  }
  return undefined;
};

describe("targeting, the cases shared with the server", () => {
  it.each(cases)("$name", ({ targeting, facts, expect: verdict }) => {
    expect(evaluate(targeting, lookup(facts))).toBe(verdict);
  });
});

describe("targeting, in this page only", () => {
  it("lets everyone through without rules", () => expect(evaluate(undefined, () => undefined)).toBe("yes"));
  it("leaves what it cannot read to the server", () => {
    expect(evaluate({ field: "a", op: "regex", value: "(?i)x" }, () => "x")).toBe("maybe");
    expect(evaluate({ field: "a", op: "near", value: 1 }, () => 1)).toBe("maybe");
  });
});
