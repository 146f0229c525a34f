import { describe, expect, it } from "vitest";
import { evaluate } from "../../src/shared/evaluate";
import { leaves, span } from "../../src/tools/gates";

describe("the debug panel's words", () => {
  it("tells every comparison with what was found and what it needs", () => {
    const facts: Record<string, unknown> = { "cart.value": 2000, "utm.source": null, "page.path": "/cart" };
    const rule = {
      all: [
        { field: "cart.value", op: "gte", value: 3000 },
        { any: [{ field: "page.path", op: "glob", value: "/cart*" }, { field: "country", op: "in", value: ["AT", "DE"] }] },
        { not: { field: "utm.source", op: "exists" } },
      ],
    };
    const told = leaves(rule, { evaluate }, (field) => facts[field]).map(({ mark, label, text }) => [mark, label, text]);
    expect(told).toEqual([
      ["no", "cart.value", "is 2000, needs at least 3000"],
      ["yes", "page.path", "is “/cart”, needs something like “/cart*”"],
      ["maybe", "country", "is not known here, needs one of “AT”, “DE”"],
      ["yes", "utm.source", "does not exist, must not be something"],
    ]);
  });

  it("says times in a unit of which there are at least two", () => {
    expect([1000, 36 * 36e5, 7 * 864e5, 90_000, 0].map(span)).toEqual(["1 second", "36 hours", "7 days", "90 seconds", "0 seconds"]);
  });
});
