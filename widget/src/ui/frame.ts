import type { DismissedBy, Survey } from "../shared/types";
import { h } from "./dom";
import css from "./styles.css";
import type { Strings } from "./strings";
import { palette } from "./theme";

/** The box a survey lives in. */
export interface Frame {
  box: HTMLElement;
  /** Where the question or ending goes. */
  body: HTMLElement;
  /** Is the focus inside? */
  focused(): boolean;
  /** Says something without moving the focus. */
  announce(text: string): void;
  /** Makes it visible, once there is something to see. */
  show(): void;
  remove(): void;
}

type Dismiss = (by: DismissedBy) => void;

/** Puts the box on the page: its own shadow root, above everything, moving nothing. */
export const mount = (survey: Survey, words: Strings, dir: string, into: Element | undefined, dismiss: Dismiss): Frame => {
  const { type = "modal", position = "" } = survey.placement || {};
  const modal = type === "modal";
  const theme = survey.theme || {};
  const before = document.activeElement as HTMLElement | null;

  const host = h("div", { "data-inline": !!into });
  const root = host.attachShadow({ mode: "open" });
  // A constructed sheet is not subject to the page's style-src.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];

  const body = h("div", { class: "body" });
  const status = h("p", { class: "quiet", role: "status" });
  const close = into ? null : h("button", { type: "button", class: "close", "aria-label": words.close });
  const box = h(
    modal ? "dialog" : "div",
    {
      class: `box ${type} ${position}`,
      role: modal ? false : into ? "region" : "dialog",
      "aria-modal": modal && "true",
      "aria-labelledby": "prompt",
      tabindex: "-1",
      // The dialog itself takes the focus, so that Enter never picks an answer by accident.
      autofocus: modal,
      dir,
      lang: survey.locale,
      popover: !modal && !into && "manual",
    },
    h("div", { class: "inner" }, body, close, status),
  );
  for (const [name, value] of Object.entries(palette(theme, matchMedia("(prefers-color-scheme:dark)").matches)))
    box.style.setProperty(`--${name}`, value);
  if (theme.font)
    box.style.fontFamily = theme.font === "inherit" ? getComputedStyle(document.body).fontFamily : theme.font;

  close?.addEventListener("click", () => dismiss("close"));
  // The dialog has no padding, so a press on the element itself is one on its backdrop.
  if (modal) box.addEventListener("pointerdown", (e) => e.target === box && dismiss("outside"));
  box.addEventListener("cancel", (e) => {
    e.preventDefault();
    dismiss("escape");
  });
  box.addEventListener("keydown", (event) => {
    const e = event as KeyboardEvent;
    if (e.key !== "Escape" || into || e.isComposing) return;
    e.preventDefault();
    dismiss("escape");
  });
  // Typing here must not reach the shop's shortcuts.
  for (const type of ["keydown", "keyup", "keypress"]) host.addEventListener(type, (e) => e.stopPropagation());

  root.append(box);
  (into || document.body).append(host);

  const show = () => {
    if (modal) (box as HTMLDialogElement).showModal?.();
    else if (!into) box.showPopover?.();
    if (modal) box.focus({ preventScroll: true });
  };
  const focused = () => root.activeElement !== null;
  const announce = (text: string) => setTimeout(() => (status.textContent = text), 100);
  const remove = () => {
    const inside = focused();
    if (modal) (box as HTMLDialogElement).close?.();
    host.remove();
    if (inside && before?.isConnected) before.focus({ preventScroll: true });
  };
  return { box, body, focused, announce, remove, show };
};
