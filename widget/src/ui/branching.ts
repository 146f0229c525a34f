import type { Answer, Answers, Handoff, Survey } from "../shared/types";

/** Where a survey goes on: at a question, or at an ending (`null` is the plain thank-you). */
export type Next = { question: string } | { ending: string | null };

/** What a rule compares: keys, numbers and texts, never labels. */
export const valueOf = (answer: Answer | undefined): unknown => {
  const { choice, choices, ranking, number, text, email, matrix } = answer || {};
  const cells = matrix && Object.entries(matrix).map(([row, column]) => `${row}:${column}`);
  return choice ?? choices ?? ranking ?? number ?? text ?? email ?? cells ?? null;
};

/** Follows the rules of the question at hand. Cases: tests/branching_cases.json. */
export const follow = (
  { questions, endings = [] }: Pick<Survey, "questions" | "endings">,
  answers: Answers,
  at: string,
  evaluate: Handoff["evaluate"],
): Next => {
  const here = questions.findIndex((q) => q.key === at);
  const rule = questions[here]?.next?.find((r) => evaluate(r.if, (key) => valueOf(answers[key])) === "yes");
  const go = rule ? rule.go : questions[here + 1]?.key;
  if (questions.some((q) => q.key === go)) return { question: go! };
  // An ending that some rule names is for that rule only.
  const named = (key: string) => questions.some((q) => q.next?.some((r) => r.go === key));
  const ending = endings.find((e) => e.key === go) || endings.find((e) => !named(e.key));
  return { ending: ending?.key ?? null };
};
