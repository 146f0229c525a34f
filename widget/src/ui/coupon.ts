import { h } from "./dom";
import type { Say } from "./words";

/** A code and a button that copies it. Takes its room while the code is under way, leaves when there is none. */
export const drawCoupon = (code: Promise<string | undefined>, say: Say, announce: (text: string) => void): HTMLElement => {
  const field = h("input", { class: "text", readonly: true, "aria-labelledby": "prompt" });
  const copied = () => {
    copy.textContent = say("copied");
    announce(say("copied"));
  };
  // Where the clipboard is closed to us, the code is at least ready to be copied by hand.
  const onclick = () => {
    field.select();
    void navigator.clipboard?.writeText(field.value).then(copied, () => undefined);
  };
  const copy = h("button", { type: "button", class: "go", disabled: true, onclick }, say("copy"));
  const box = h("div", { class: "coupon", "aria-busy": "true" }, field, copy);
  const none = () => box.remove();
  code.then((text) => {
    if (!text) return none();
    field.value = text;
    copy.disabled = false;
    box.removeAttribute("aria-busy");
    announce(text);
  }, none);
  return box;
};
