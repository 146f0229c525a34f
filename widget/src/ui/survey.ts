import type { Context } from "../core/context";
import type { Answers, DismissedBy, Listener, Offer, Progress, Question, View } from "../shared/types";
import { stringify } from "../shared/json";
import { follow } from "./branching";
import { drawEnding } from "./ending";
import { mount } from "./frame";
import { pipe } from "./pipe";
import { drawStep, type Step } from "./step";
import { refused } from "./validate";
import { sayer } from "./words";

/** Progress is a promise of brevity; few questions need none. */
const MANY = 3;

/** Draws an offer's survey and leads through it, from its first question or from where the shopper was. */
export const openSurvey = (ctx: Context, { token, survey }: Offer, on: Listener, from?: Progress): View => {
  const { questions, endings } = survey;
  const say = sayer(survey);
  const { cart, order, customer } = ctx.told;
  const vars = { cart: cart && { ...cart, url: cart.checkout_url }, order, customer };
  const answers: Answers = { ...from?.answers };
  const reported: Answers = { ...from?.answers };
  const path: Question[] = [];
  let step: Step | undefined;

  const find = (key: string | undefined) => questions.find((q) => q.key === key);
  const fill = (text: string) => pipe(text, survey, answers, vars);
  const remove = () => {
    frame.remove();
    on.closed();
  };
  const dismiss = (by: DismissedBy) => {
    save();
    remove();
    if (step) on.dismissed(by);
  };
  const frame = mount(survey, say, dismiss);
  const { announce } = frame;

  const moved = () => on.moved?.({ answers: reported, path: path.map((q) => q.key) });
  const report = (question: Question) => {
    const { key } = question;
    const answer = answers[key] || {};
    if (refused(question, answer) || stringify(answer) === stringify(reported[key] || {})) return;
    reported[key] = answer;
    on.answered({ [key]: answer });
    moved();
  };
  const save = () => {
    const here = path[path.length - 1];
    if (!step || !here) return;
    answers[here.key] = step.read();
    report(here);
  };

  const put = (element: HTMLElement) => {
    const inside = frame.focused();
    frame.body.replaceChildren(element);
    // Whoever answered goes on reading here; whoever did not keeps their place on the page.
    if (inside) element.querySelector<HTMLElement>("#prompt")!.focus({ preventScroll: true });
    frame.body.scrollTop = 0;
  };

  const ask = (question: Question) => {
    path.push(question);
    const { length } = questions;
    const place = questions.indexOf(question) + 1;
    step = drawStep(question, {
      answer: answers[question.key] || {},
      say,
      fill,
      announce,
      seed: token,
      progress: length > MANY ? [place, length] : undefined,
      last: place === length,
      back: path.length > 1 ? back : undefined,
      changed: save,
      next: next,
    });
    put(step.element);
    moved();
  };

  const back = () => {
    save();
    path.pop();
    ask(path.pop()!);
  };

  const next = () => {
    save();
    const to = follow(survey, answers, path[path.length - 1]!.key, ctx.$.evaluate);
    if ("question" in to) return ask(find(to.question)!);
    step = undefined;
    // What was answered on a way not taken in the end is taken back.
    for (const question of questions) {
      if (path.includes(question)) continue;
      answers[question.key] = {};
      report(question);
    }
    on.completed();
    const ending = endings?.find((e) => e.key === to.ending);
    put(drawEnding(ending, { say, fill, announce, code: ending?.coupon && on.coupon?.(ending.key) }));
  };

  const [first, ...more] = from?.path || [];
  path.push(find(first) || questions[0]!, ...more.flatMap((key) => find(key) || []));
  ask(path.pop()!);
  frame.show();
  announce(frame.modal ? "" : fill(path[path.length - 1]!.prompt));
  return { save, remove };
};
