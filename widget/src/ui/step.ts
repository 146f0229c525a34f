import { guard } from "../shared/handed";
import type { Answer, Question } from "../shared/types";
import { h } from "./dom";
import { questions } from "./questions/index";
import type { Asked } from "./questions/field";
import { problem } from "./validate";

/** A question on screen. */
export interface Step {
  element: HTMLElement;
  read(): Answer;
}

interface Ports extends Pick<Asked, "answer" | "say" | "seed" | "announce"> {
  fill(text: string): string;
  /** Its place among the questions and their number, where that helps. */
  progress?: [number, number];
  last: boolean;
  back?(): void;
  /** The answer changed and may be reported. */
  changed(): void;
  /** The shopper goes on, and may. */
  next(): void;
}

/** Long enough to see which choice was taken. */
const SEEN = 220;

/** Draws one question as a form: Enter goes on, what is missing is said where it is missing. */
export const drawStep = (question: Question, ports: Ports): Step => {
  const { say, fill, progress } = ports;
  const error = h("p", { class: "error", id: "error", role: "alert" });
  let tap = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const complain = (found: ReturnType<typeof problem>) => {
    error.textContent = found ? say(...found) : "";
    body.querySelector("[aria-labelledby=prompt]")?.setAttribute("aria-invalid", String(!!found));
  };

  const submit = guard(() => {
    clearTimeout(timer);
    const found = problem(question, read(true));
    // What cannot be answered cannot be required.
    if (!found || !parts.length) return ports.next();
    complain(found);
    const open = [...body.querySelectorAll("fieldset")].find((group) => !group.querySelector(":checked")) || body;
    open.querySelector<HTMLElement>("input,select,textarea,button")!.focus();
  });

  const changed = () => {
    const found = problem(question, read());
    complain(found?.[0] === "at_most" ? found : undefined);
    ports.changed();
  };
  const { parts, read, tapped } = questions[question.type]?.({
    ...ports,
    question: { ...question, placeholder: question.placeholder && fill(question.placeholder) },
    changed,
  }) || { parts: [], read: () => ({}) };

  const body = h("div", { class: "field" }, ...parts);
  const { back } = ports;
  const form = h(
    "form",
    {
      novalidate: true,
      class: question.type,
      // A tap means "this one, go on"; the arrow keys select while they move, so by keyboard only Enter goes on.
      onpointerup: () => (tap = true),
      onkeydown: () => (tap = false),
      onchange(e: Event) {
        changed();
        clearTimeout(timer);
        if (tap && (e.target as HTMLInputElement).type !== "text" && tapped?.())
          timer = setTimeout(() => form.isConnected && submit(), SEEN);
      },
      onsubmit(e: Event) {
        e.preventDefault();
        submit();
      },
    },
    progress && h("p", { class: "progress" }, say("progress", ...progress)),
    h("h2", { id: "prompt", tabindex: "-1" }, fill(question.prompt)),
    question.help && h("p", { class: "help", id: "help" }, fill(question.help)),
    body,
    error,
    h(
      "div",
      { class: "foot" },
      back && h("button", { type: "button", class: "back", onclick: back }, say("back")),
      h("button", { class: "go" }, say(ports.last ? "send" : "next")),
    ),
  );
  return { element: form, read };
};
