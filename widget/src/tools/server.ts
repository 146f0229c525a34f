import type { Context } from "../core/context";
import { decide } from "../core/decide";
import type { Line } from "./gates";

interface Told {
  gate: string;
  passed: boolean;
  text: string;
}

interface Traced {
  trace?: { survey: string; gates: Told[] }[];
}

const label = (gate: string) => gate.charAt(0).toUpperCase() + gate.slice(1).replace(/_/g, " ");

/** Asks the server as the core does, and for its reasons: the verdicts by survey. */
export const askServer = async (ctx: Context): Promise<Map<string, Line[]>> => {
  const { $ } = ctx;
  // The core's own question, so that both always ask the same.
  const curious: typeof fetch = (url, init) =>
    $.fetch(url, { ...init, body: JSON.stringify({ ...(JSON.parse(String(init?.body)) as object), debug: true }) });
  const keys = $.config.surveys.map((s) => s.key);
  const { trace } = (await decide({ ...ctx, $: { ...$, fetch: curious } }, keys, false)) as Traced;
  if (!trace) throw new Error("refused");
  return new Map(
    trace.map(({ survey, gates }) => [
      survey,
      gates.map(({ gate, passed, text }) => ({ mark: passed ? "yes" : "no", label: label(gate), text })),
    ]),
  );
};
