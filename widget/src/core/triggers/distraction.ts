const active = (): Element | null => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
};

const BUTTONS = /^(button|submit|reset|checkbox|radio|image|range|color|file)$/;

/** Is a form field in use? A native pop-up (select, autocomplete) reports a leaving pointer, too. */
const typing = (element: Element | null): boolean =>
  element instanceof HTMLInputElement
    ? !BUTTONS.test(element.type)
    : !!element?.matches("select,textarea") || !!(element as HTMLElement | null)?.isContentEditable;

/** Is the shopper in the middle of something that an exit survey must not interrupt? */
export const distracted = (): boolean =>
  typing(active()) ||
  !!document.fullscreenElement ||
  !!String(getSelection() || "") ||
  [...document.querySelectorAll("dialog[open],[aria-modal=true]")].some((d) => d.getClientRects().length > 0);
