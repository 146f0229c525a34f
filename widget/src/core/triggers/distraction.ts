const focused = (selector: string): boolean => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return !!element?.matches(selector);
};

/** Is a form field in use? A native pop-up (select, autocomplete) reports a leaving pointer, too. */
export const typing = (): boolean => focused(":read-write,select");

/** Is a card being entered? A payment provider's fields are frames, whose inside we cannot see. */
export const paying = (): boolean => focused("iframe,[autocomplete*=cc-]");

/** Is the shopper in the middle of something that an exit survey must not interrupt? */
export const distracted = (): boolean =>
  typing() ||
  !!document.fullscreenElement ||
  getSelection()?.type === "Range" ||
  [...document.querySelectorAll("dialog[open],[aria-modal=true]")].some((d) => d.getClientRects()[0]);
