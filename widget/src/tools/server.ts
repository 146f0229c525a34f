import type { Context } from "../core/context";
import { decide } from "../core/decide";
import { $ } from "../shared/handed";
import type { Line } from "./line";

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
  // The core's own question, so that both always ask the same, with one word more. It is sent before this returns.
  const { fetch } = $;
  $.fetch = (url, init) => fetch(url, { ...init, body: JSON.stringify({ ...(JSON.parse(String(init?.body)) as object), debug: true }) });
  const keys = $.config.surveys.map((s) => s.key);
  const answer = decide(ctx, keys, false);
  $.fetch = fetch;
  const { trace } = (await answer) as Traced;
  if (!trace) throw new Error("refused");
  return new Map(
    trace.map(({ survey, gates }) => [
      survey,
      gates.map(({ gate, passed, text }) => ({ mark: passed ? "yes" : "no", label: label(gate), text })),
    ]),
  );
};
