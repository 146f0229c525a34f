import type { Context } from "../core/context";
import { guard } from "../shared/guard";
import type { Answers, DismissedBy, Listener, Question, Survey, View } from "../shared/types";
import { follow } from "./branching";
import { drawEnding } from "./ending";
import { mount } from "./frame";
import { pipe } from "./pipe";
import { drawStep, type Step } from "./step";
import { direction, strings } from "./strings";

/** Progress is a promise of brevity; few questions need none. */
const MANY = 3;

/** Draws a survey and leads through it; `into` is the element of an inline one. */
export const openSurvey = (ctx: Context, survey: Survey, into: Element | undefined, on: Listener): View => {
  const locale = survey.locale || "en";
  const words = strings(locale);
  const { cart, order, customer } = ctx.told;
  const vars = { cart: cart && { ...cart, url: cart.checkout_url }, order, customer };
  const answers: Answers = {};
  const reported: Record<string, string> = {};
  const path: Question[] = [];
  let step: Step | undefined;

  const fill = (text: string) => pipe(text, survey, answers, vars);
  const remove = () => {
    frame.remove();
    on.closed();
  };
  const dismiss = guard((by: DismissedBy) => {
    save();
    const finished = !step;
    remove();
    if (!finished) on.dismissed(by);
  });
  const frame = mount(survey, words, survey.dir || direction(locale), into, dismiss);

  const report = (key: string) => {
    const text = JSON.stringify(answers[key] || {});
    if (text === (reported[key] || "{}")) return;
    reported[key] = text;
    on.answered({ [key]: answers[key] || {} });
  };
  const save = () => {
    const here = path[path.length - 1];
    if (!step || !here) return;
    answers[here.key] = step.read();
    report(here.key);
  };

  const put = (element: HTMLElement) => {
    const moved = frame.focused();
    frame.body.replaceChildren(element);
    // Whoever answered goes on reading here; whoever did not keeps their place on the page.
    if (moved) element.querySelector<HTMLElement>("#prompt")!.focus({ preventScroll: true });
    frame.box.scrollTop = 0;
  };

  const ask = (question: Question) => {
    const { questions } = survey;
    path.push(question);
    step = drawStep(question, {
      answer: answers[question.key],
      words,
      fill,
      progress: questions.length > MANY ? words.progress(questions.indexOf(question) + 1, questions.length) : undefined,
      last: question === questions[questions.length - 1],
      back: path.length > 1 ? guard(back) : undefined,
      changed: guard(save),
      next: guard(next),
    });
    put(step.element);
  };

  const back = () => {
    save();
    path.pop();
    ask(path.pop()!);
  };

  const next = () => {
    save();
    const to = follow(survey, answers, path[path.length - 1]!.key, ctx.$.evaluate);
    if ("question" in to) return ask(survey.questions.find((q) => q.key === to.question)!);
    step = undefined;
    // What was answered on a way not taken in the end is taken back.
    for (const key of Object.keys(answers)) {
      if (path.some((q) => q.key === key)) continue;
      answers[key] = {};
      report(key);
    }
    put(drawEnding(survey.endings?.find((e) => e.key === to.ending), words.thanks, fill));
    on.completed();
  };

  const first = survey.questions[0];
  if (!first) throw new Error("a survey without questions");
  ask(first);
  frame.show();
  frame.announce(survey.placement?.type === "modal" ? "" : fill(first.prompt));
  return { save, remove };
};
