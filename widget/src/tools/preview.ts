import type { Context } from "../core/context";
import { guard } from "../shared/guard";
import type { Handoff, Listener, Survey, View } from "../shared/types";
import { h } from "../ui/dom";
import { shell } from "./shell";

/** Stands in where a coupon would be: a preview takes no code from a shopper. */
const SAMPLE = "SAMPLE-CODE";

const nothing = () => undefined;

/**
 * What the UI needs of the core, without any of its ways out. The core itself never loads in a preview, so there is nothing that could
 * record, store or send.
 */
const deaf = ($: Handoff): Context => {
  const memory = new Map<string, unknown>();
  return {
    $,
    told: {},
    store: { get: (key: string) => memory.get(key), set: (key: string, value: unknown) => void memory.set(key, value) },
    sender: { add: nothing },
    emit: nothing,
    exposed: nothing,
    api: (call: string) => call,
  } as unknown as Context;
};

/** Fetches the survey of a preview link and shows it, as often as one likes, under a ribbon that says so. */
export const startPreview = async ($: Handoff, token: string): Promise<void> => {
  const again = h("button", { type: "button", disabled: true }, "Start again");
  const said = h("p", { role: "status" }, "Preview: loading …");
  const ribbon = h("section", { class: "ribbon", "aria-label": "Survey preview", popover: "manual" }, said, again);
  shell(ribbon);
  // The top layer is where an open survey is, too: whoever comes last is seen.
  const front = () => {
    if (ribbon.matches(":popover-open")) ribbon.hidePopover();
    ribbon.showPopover?.();
  };
  front();

  let view: View | undefined;
  const listener: Listener & { coupon(): Promise<string> } = {
    answered: nothing,
    completed: nothing,
    dismissed: nothing,
    closed() {
      view = undefined;
    },
    coupon: () => Promise.resolve(SAMPLE),
  };
  const open = (survey: Survey) => {
    view?.remove();
    view = $.open!({ token: "", survey }, listener);
    front();
  };

  try {
    const query = `preview?token=${encodeURIComponent(token)}&locale=${encodeURIComponent(String($.page("locale")))}`;
    const answer = await $.fetch($.url(`v1/${$.site}/${query}`), { credentials: "omit" });
    if (!answer.ok) throw new Error(String(answer.status));
    const { survey } = (await answer.json()) as { survey: Survey };
    // A page without the survey's own place shows it in a corner.
    if (survey.placement?.type === "inline" && !document.querySelector(`[data-exitpoll="${CSS.escape(survey.key)}"]`))
      survey.placement = { type: "slide_in" };
    $.ctx = deaf($);
    $.ready = () => {
      said.textContent = "Preview: nothing is recorded";
      again.disabled = false;
      again.addEventListener("click", guard(() => open(survey)));
      open(survey);
    };
    $.load($.config.ui);
  } catch {
    said.textContent = "This preview is over or cannot be loaded. Make a new one in the admin.";
    again.remove();
  }
};
