import type { Answer, Question, Word } from "../shared/types";

/** What is wrong with an answer: a word of the survey, and the number in it. */
export type Problem = [word: Word, n?: number];

const ATOM = "[^\\s\\p{Cc}@.,;:<>()[\\]\\\\\"]+";
const EMAIL = new RegExp(`^(?=.{1,254}$)(?=.{1,64}@)${ATOM}(\\.${ATOM})*@${ATOM}(\\.${ATOM})+$`, "u");

/** What keeps a shopper from going on. The server's rules: tests/answer_cases.json. */
export const problem = (question: Question, answer: Answer): Problem | undefined => {
  const { required, min = 0, max = Infinity, rows = [] } = question;
  const { choices, text, email, matrix } = answer;
  const characters = text && [...text].length;
  if (required && (!Object.keys(answer).length || (matrix && Object.keys(matrix).length < rows.length)))
    return ["required"];
  if (choices && choices.length < min) return ["at_least", min];
  if (choices && choices.length > max) return ["at_most", max];
  if (characters && characters < min) return ["too_short", min];
  return email && !EMAIL.test(email) ? ["email"] : undefined;
};

/** Would the server refuse it? What is merely unfinished is reported as it stands. */
export const refused = (question: Question, answer: Answer): boolean =>
  /^(at_most|email)$/.test(problem(question, answer)?.[0] || "");
