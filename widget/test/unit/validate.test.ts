import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Answer, Question } from "../../src/shared/types";
import { problem, refused } from "../../src/ui/validate";

interface Case {
  name: string;
  question: Question;
  answer: Answer;
  expect: { reason?: string };
}
const cases = JSON.parse(readFileSync(new URL("../../../tests/answer_cases.json", import.meta.url), "utf8")) as Case[];
/** The cases a page can come to: it sends trimmed texts in their own shape, and fields limit their length. */
const ours = cases.filter(
  ({ question, answer, expect: { reason } }) =>
    /^(multi_choice|email)$/.test(question.type) && (!reason || reason === "answer_out_of_range") && answer.email !== "",
);

describe("what the server would refuse, the cases shared with it", () => {
  it.each(ours.map((c) => [c.name, c] as const))("%s", (_, { question, answer, expect: { reason } }) => {
    const email = answer.email?.trim();
    expect(refused(question, email ? { ...answer, email } : answer)).toBe(!!reason);
  });
  it("are enough to matter", () => expect(ours.length).toBeGreaterThan(15));
});

const q = (more: Partial<Question>): Question => ({ key: "q", type: "multi_choice", prompt: "Q", ...more });
const rows = [
  { key: "a", label: "a" },
  { key: "b", label: "b" },
];

describe("what keeps a shopper from going on", () => {
  it.each([
    ["nothing where nothing is asked", q({}), {}, undefined],
    ["no answer to a required question", q({ required: true }), {}, ["required"]],
    ["too few choices", q({ min: 2 }), { choices: ["a"] }, ["at_least", 2]],
    ["but not none at all", q({ min: 2 }), {}, undefined],
    ["too many", q({ max: 1 }), { choices: ["a", "b"] }, ["at_most", 1]],
    ["too short a text", q({ min: 5 }), { text: "abcd" }, ["too_short", 5]],
    ["letters are counted, not code units", q({ min: 5 }), { text: "🫖🫖🫖🫖" }, ["too_short", 5]],
    ["a text that is long enough", q({ min: 4 }), { text: "🫖🫖🫖🫖" }, undefined],
    ["no address", q({}), { email: "a@b" }, ["email"]],
    ["a row left out", q({ required: true, rows }), { matrix: { a: "x" } }, ["required"]],
    ["a row left out where that is allowed", q({ rows }), { matrix: { a: "x" } }, undefined],
    ["the top of a scale is no limit", q({ max: 5 }), { number: 5 }, undefined],
  ] as const)("%s", (_, question, answer, found) => expect(problem(question, answer as Answer)).toEqual(found));
});
