import { place } from "../shared/place";
import type { DismissedBy, Survey } from "../shared/types";
import { h } from "./dom";
import { CLOSE, icon } from "./icon";
import css from "./styles.css";
import { palette } from "./theme";
import type { Say } from "./words";

/** The box a survey lives in. */
export interface Frame {
  modal: boolean;
  /** Where the question or ending goes. */
  body: HTMLElement;
  /** Is the focus inside? */
  focused(): boolean;
  /** Says something without moving the focus. */
  announce(text: string): void;
  /** Puts it on the page, once there is something to see. */
  show(): void;
  remove(): void;
}

/** A constructed sheet is not subject to the page's style-src. */
const sheet = (text: string): CSSStyleSheet => {
  const it = new CSSStyleSheet();
  it.replaceSync(text);
  return it;
};

/** Makes the box: its own shadow root, above everything, moving nothing. */
export const mount = (survey: Survey, say: Say, dismiss: (by: DismissedBy) => void): Frame => {
  const { key, placement, theme = {}, dir, locale } = survey;
  const { type = "modal", position = "" } = placement || {};
  const into = type === "inline" && place(key);
  const modal = type === "modal";
  // Without its place on the page, an inline survey that was asked for comes as a card.
  const look = type === "inline" && !into ? "slide_in" : type;
  const before = document.activeElement as HTMLElement | null;

  const quiet = (e: Event) => e.stopPropagation();
  const host = h("div", {
    "data-inline": !!into,
    // Typing here must not reach the shop's shortcuts.
    onkeydown: quiet,
    onkeyup: quiet,
    onkeypress: quiet,
    // The dialog has no padding, so a press on the element itself is one on its backdrop.
    onpointerdown: (e: Event) => modal && e.composedPath()[0] === box && dismiss("outside"),
  });
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [css, theme.css || ""].map(sheet);

  const escape = (e: Event) => {
    e.preventDefault();
    dismiss("escape");
  };
  const body = h("div", { class: "body" });
  const status = h("p", { class: "quiet", role: "status" });
  const box = h(
    modal ? "dialog" : "div",
    {
      class: `box ${look} ${position}`,
      role: into ? "region" : "dialog",
      "aria-labelledby": "prompt",
      tabindex: "-1",
      // The dialog itself takes the focus, so that Enter never picks an answer by accident.
      autofocus: modal,
      dir,
      lang: locale,
      popover: !modal && !into && "manual",
      // Asked to close by the system, such as a phone's back gesture.
      oncancel: escape,
      onkeydown: (e: KeyboardEvent) => e.key === "Escape" && !into && !e.isComposing && escape(e),
    },
    body,
    !into && h("button", { type: "button", class: "close", "aria-label": say("close"), onclick: () => dismiss("close") }, icon(CLOSE)),
    status,
  );
  for (const [name, value] of Object.entries(palette(theme, matchMedia("(prefers-color-scheme:dark)").matches)))
    box.style.setProperty(`--${name}`, value);
  if (theme.font)
    box.style.fontFamily = theme.font === "inherit" ? getComputedStyle(document.body).fontFamily : theme.font;

  const focused = () => root.activeElement !== null;

  root.append(box);

  const show = () => {
    // Only now: what cannot be drawn must leave nothing behind.
    (into || document.body).append(host);
    if (!modal) return into || box.showPopover?.();
    // Without the call, in an old browser, the dialog is still seen and heard.
    (box as HTMLDialogElement).showModal?.();
    // Where `autofocus` is not for dialogs.
    if (root.activeElement !== box) box.focus({ preventScroll: true });
  };
  const announce = (text: string) => setTimeout(() => (status.textContent = text), 100);
  const remove = () => {
    const inside = focused();
    host.remove();
    if (inside && before?.isConnected) before.focus({ preventScroll: true });
  };
  return { modal, body, focused, announce, remove, show };
};
