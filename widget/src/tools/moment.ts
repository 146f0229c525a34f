import { depth } from "../core/triggers/depth";
import { distracted, paying, typing } from "../core/triggers/distraction";
import { me } from "../core/visitor";
import type { Candidate, Handoff, Trigger } from "../shared/types";
import { span, type Line } from "./line";

/** A moment that came: when, in ms as `performance.now()`, and why nothing was made of it. */
export interface Came {
  at: number;
  but?: string;
}

/** A trigger whose server has filled in everything. */
type Filled = Required<Trigger>;

const SIGNS: Record<string, string> = {
  pointer: "the pointer leaves through the top of the page",
  scroll_up: "a fast scroll up",
  idle: "idleness with a filled cart",
  return: "a return to the tab",
};

/** For how many more seconds this page view is too young for the trigger. */
const young = ({ min_seconds = 0 }: Trigger, $: Handoff) =>
  Math.ceil(min_seconds - (performance.now() - ($.ctx || $).started) / 1000);

/** How many elements of the page a selector names now. */
const count = (selector: string): number | undefined => {
  try {
    return document.querySelectorAll(selector).length;
  } catch {
    return undefined;
  }
};

/** What a trigger waits for, and what is missing. */
const waits = ({ key, trigger }: Candidate, $: Handoff, now: number): [Line["mark"], string] => {
  const { ctx } = $;
  const { type, percent, selector, name, seconds, desktop, mobile } = trigger as Filled;
  const untouched = ctx && !ctx.touched && "the page was used";
  switch (type) {
    case "exit_intent": {
      const mouse = ctx ? ctx.mouse : $.page("device") === "desktop";
      const signs = mouse ? [desktop && "pointer", mobile.includes("idle") && "idle"] : mobile;
      const words = signs.flatMap((sign) => sign && (SIGNS[sign] || sign)).filter(Boolean);
      const left = young(trigger, $);
      const first = [untouched, left > 0 && `${span(left * 1000)} have passed`].filter(Boolean).join(" and ");
      return words.length ? ["maybe", words.join(", or ") + (first && `; not before ${first}`)] : ["no", "no sign of leaving is set for this device"];
    }
    case "delay": {
      const since = (ctx && me(ctx.store).since?.[key]) ?? now;
      const left = since + seconds * 1000 - now;
      return left > 0 ? ["maybe", `in ${span(left)}`] : ["yes", `${seconds} seconds of this visit are over`];
    }
    case "scroll": {
      const seen = Math.round(Math.max(0, Math.min(100, depth())));
      return [seen >= percent && !untouched ? "yes" : "maybe", `${percent} % of the page were seen; now ${seen} %${untouched ? `; not before ${untouched}` : ""}`];
    }
    case "click": {
      const n = count(selector);
      if (n === undefined) return ["no", `${selector} is not a selector this browser can read`];
      return [n ? "maybe" : "no", `a click on ${selector}, of which this page has ${n || "none"}`];
    }
    case "event":
      return ["maybe", `the page calls exitpoll('track', '${name}')`];
    case "order":
      return ctx?.told.order ? ["yes", "an order was reported"] : ["maybe", "the page calls exitpoll('order', …)"];
    case "manual":
      return ["maybe", "the page calls exitpoll('show', …)"];
    default:
      return ["yes", "as the page opens"];
  }
};

/** Why a moment that comes now would pass unused, as its trigger or the core sees it. */
export const hindrance = ({ trigger, placement }: Candidate, $: Handoff, against: boolean): string | undefined => {
  if (against && young(trigger, $) > 0) return "it was too early on this page view";
  if (against && !$.ctx?.touched) return "the page had not been used yet";
  if (against && distracted()) return "a field, a selection, a dialog or the full screen was in use";
  if (document.hidden) return "the page was not in view";
  if (paying()) return "a payment field or a frame was in use";
  if (placement?.type === "modal" && typing()) return "a field was in use";
  return undefined;
};

/** The moment a survey waits for, and the latest that came on this page view. */
export const moments = (s: Candidate, $: Handoff, came: Came | undefined, now: number): Line[] => {
  const { ctx, engine } = $;
  const [mark, text] = waits(s, $, now);
  const lines: Line[] = [{ mark, label: "Moment", text }];
  // One of an earlier page view says nothing about this one.
  if (!came || !ctx || came.at < ctx.started) return lines;
  const time = new Date(performance.timeOrigin + came.at).toLocaleTimeString();
  const waiting = [...engine!.due].some(({ key }) => key === s.key);
  const outcome = came.but ? `, but ${came.but}` : "";
  lines.push({ mark: came.but ? "maybe" : "yes", label: "Came", text: `at ${time}${outcome}${waiting ? "; it is kept" : ""}` });
  return lines;
};

/** What the script itself does about a survey now: is it watching, and may it open? */
export const watch = ({ key, trigger }: Candidate, { ctx, engine, script }: Handoff): Line[] => {
  if (!ctx || !engine) return [];
  const lines: Line[] = [];
  const add = (mark: Line["mark"], label: string, text: string) => lines.push({ mark, label, text });
  const kept = engine.offers.get(key);
  if (ctx.off) add("no", "Script", "a mistake inside switched it off on this page view");
  else if (ctx.view) add("maybe", "Script", "a survey is open");
  else if (trigger.type === "manual") add("maybe", "Script", "waits for the page's call");
  else if (script.dataset.auto === "off") add("no", "Script", 'data-auto="off": nothing opens by itself');
  else if (trigger.type === "order") add("maybe", "Script", "waits for the page's call");
  else if (engine.armed.has(key)) add("yes", "Script", "watches for the moment");
  else add("maybe", "Script", "does not watch for the moment now");
  if (engine.refused.has(key)) add("no", "Permission", "the server said no for this page view");
  else if (kept?.offer.withhold) add("no", "Permission", "is at hand, but this visitor is only counted");
  else if (kept) add("yes", "Permission", `is at hand since ${new Date(kept.at).toLocaleTimeString()}`);
  else add("maybe", "Permission", "is not at hand; it is asked for when the survey may come");
  return lines;
};
