import type { Context } from "../core/context";

type Happening = "shown" | "answered" | "completed" | "dismissed";

/** Tells the page what happened, and its data layer where the tag says so. */
export const emit = ({ ears, $ }: Context, happening: Happening, detail: Record<string, unknown>): void => {
  for (const [name, ear] of ears) {
    if (name !== happening) continue;
    try {
      ear(detail);
    } catch (e) {
      // The page's mistakes stay its own.
      window.reportError?.(e);
    }
  }
  // Without the answers: what people write is for the store, not for its analytics.
  if ($.script.dataset.datalayer === "on")
    (window.dataLayer ||= []).push({ event: `exitpoll_${happening}`, exitpoll: { ...detail, answers: undefined } });
};
