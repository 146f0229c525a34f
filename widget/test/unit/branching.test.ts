import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../src/shared/evaluate";
import type { Answers, Survey } from "../../src/shared/types";
import { follow, type Next } from "../../src/ui/branching";
import { pipe } from "../../src/ui/pipe";

interface Case extends Pick<Survey, "questions" | "endings"> {
  name: string;
  answers: Answers;
  at: string;
  expect: Next;
}

const cases = JSON.parse(readFileSync(new URL("../../../tests/branching_cases.json", import.meta.url), "utf8")) as Case[];

describe("branching, the cases shared with the server", () => {
  it.each(cases)("$name", (c) => expect(follow(c, c.answers, c.at, evaluate)).toEqual(c.expect));
});

describe("pipes", () => {
  const survey = {
    questions: [{ key: "reason", type: "single_choice", prompt: "", choices: [{ key: "price", label: "The price" }] }],
  } as Survey;
  const fill = (text: string, answers: Answers = {}, vars = {}) => pipe(text, survey, answers, vars);

  it("fills answers by their labels", () => {
    expect(fill("{{answer.reason}}?", { reason: { choice: "price" } })).toBe("The price?");
    expect(fill("{{ answer.reason }}", { reason: { choice: "other", other: "too late" } })).toBe("too late");
    expect(fill("{{answer.nps}}", { nps: { number: 0 } })).toBe("0");
  });
  it("falls back", () => {
    expect(fill("Hi {{customer.name|there}}")).toBe("Hi there");
    expect(fill("[{{answer.reason}}]")).toBe("[]");
    expect(fill("{{customer.name|there}}", {}, { customer: { name: "Ada" } })).toBe("Ada");
    expect(fill("{{customer.attributes}}", {}, { customer: { attributes: {} } })).toBe("");
  });
});
