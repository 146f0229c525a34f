import { evaluate } from "../shared/evaluate";
import { guard } from "../shared/guard";
import type { Config, Exitpoll, Handoff } from "../shared/types";
import { pageFacts } from "./page";

/** Calls that matter only once something else does; they load nothing by themselves. */
const passive = (call: ArrayLike<unknown>) => call[0] === "on" || call[1] === "granted";

const start = () => {
  const script = document.currentScript as HTMLScriptElement | null;
  const site = script?.dataset.site;
  if (!script || !site) return;

  const queue: ArrayLike<unknown>[] = window.exitpoll?.q || [];
  const exitpoll: Exitpoll =
    window.exitpoll ||
    function () {
      // eslint-disable-next-line prefer-rest-params -- the same shape as the inline queue stub
      queue.push(arguments);
    };
  if (exitpoll.$) return;
  window.exitpoll = exitpoll;
  exitpoll.q = queue;

  // Captured now: a page may wrap fetch later.
  const send = window.fetch.bind(window);
  const url = (path: string) => new URL(path.replace(/^\//, ""), script.src).href;
  const facts = pageFacts(script.dataset.locale);
  const $ = (exitpoll.$ = {
    site,
    script,
    started: performance.now(),
    fetch: send,
    url,
    load(path) {
      const tag = document.createElement("script");
      tag.src = url(path);
      tag.async = true;
      tag.nonce = script.dataset.nonce || script.nonce;
      document.head.append(tag);
    },
    page: facts,
    evaluate,
  } as Handoff);

  let wanted: Promise<void> | undefined;
  let loaded = false;
  const auto = script.dataset.auto !== "off";
  const applies = (config: Config) => auto && config.surveys.some((s) => evaluate(s.targeting, facts) !== "no");
  const look = (force: boolean) => {
    wanted ||= send(url(`v1/${site}/config`))
      .then((r) => r.json())
      .then((config) => void ($.config = config));
    wanted
      .then(() => {
        if (loaded || !(force || applies($.config))) return;
        loaded = true;
        $.load($.config.core);
      })
      .catch((e) => console.debug("exitpoll", e));
  };

  // The stub of the page may live on in other variables, so the queue listens, not the function.
  queue.push = (...calls) => {
    const n = Array.prototype.push.apply(queue, calls);
    if (!calls.every(passive)) look(true);
    return n;
  };
  const called = !queue.every(passive) || "cart" in script.dataset;
  if (called || auto) look(called);
  // A shop that changes pages without loading them.
  window.navigation?.addEventListener("navigatesuccess", guard(() => !loaded && auto && look(false)));
};

guard(start)();
