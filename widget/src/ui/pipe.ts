import type { Answers, Survey } from "../shared/types";
import { valueOf } from "./branching";

const PIPE = /\{\{\s*([\w.-]+)\s*(?:\|([^}]*))?\}\}/g;

/** Fills `{{answer.reason|this}}` and the like. The result is plain text: it is only ever set as text. */
export const pipe = (text: string, survey: Survey, answers: Answers, vars: Record<string, unknown>): string =>
  text.replace(PIPE, (_, name: string, fallback = "") => {
    const [group, ...path] = name.split(".");
    if (group !== "answer") {
      const value = path.reduce<unknown>((v, key) => (v as Record<string, unknown> | undefined)?.[key], vars[group!]);
      return typeof value === "string" || typeof value === "number" ? String(value) : fallback.trim();
    }
    const key = path.join(".");
    const answer = answers[key];
    const label = (v: unknown) =>
      survey.questions.find((q) => q.key === key)?.choices?.find((c) => c.key === v)?.label ?? String(v);
    const value = answer?.other ?? valueOf(answer);
    return [value ?? []].flat().map(label).join(", ") || fallback.trim();
  });
