import { evaluate } from "../shared/evaluate";
import { guard, listen } from "../shared/guard";
import type { Candidate, Config, Exitpoll, Handoff } from "../shared/types";
import { pageFacts } from "./page";
import { routes } from "./routes";

/** Calls that matter only once something else does; they load nothing by themselves. */
const passive = (call: ArrayLike<unknown>) => call[0] === "on" || call[1] === "granted";

/** A call brings these about, and a call loads the core by itself. */
const called = ({ trigger }: Candidate) => /order|manual/.test(trigger.type);

const start = () => {
  const script = document.currentScript as HTMLScriptElement | null;
  const { site, auto, cart, locale } = script?.dataset || {};
  if (!script || !site) return;

  // An element with the id "exitpoll" is a property of the window, too.
  const stub = window.exitpoll?.call && window.exitpoll;
  const queue: ArrayLike<unknown>[] = stub?.q || [];
  const exitpoll: Exitpoll =
    stub ||
    function () {
      // eslint-disable-next-line prefer-rest-params -- the same shape as the inline queue stub
      queue.push(arguments);
    };
  if (exitpoll.$) return;
  window.exitpoll = exitpoll;
  exitpoll.q = queue;

  // Both are kept as they are now: a page may wrap fetch later, and a <base> that comes later would move a relative address.
  const fetch = window.fetch.bind(window);
  const { src } = script;
  const url = (path: string) => new URL(path.replace(/^\//, ""), src).href;
  const page = pageFacts(locale);
  const $: Handoff = (exitpoll.$ = {
    site,
    script,
    started: performance.now(),
    fetch,
    url,
    // Comes under the nonce and the trust this script has: no policy of the page needs to know the other bundles.
    load: (path) => void import(url(path)).catch(() => {}),
    page,
    evaluate,
    guard,
    listen,
    blocked: () => evaluate({ any: ($.config.block || []).map((value) => ({ field: "page.path", op: "glob", value })) }, page) === "yes",
  } as Handoff);

  // The shop's people look closer: the tools load in the core's place, and the core after them where it is to run.
  let tools: unknown = /exitpoll_(debug|preview)=/.test(location.search);
  let wanted: Promise<Config> | undefined;
  const look = async (force: boolean) => {
    force ||= !!tools;
    if (!force && auto === "off") return;
    try {
      $.config = await (wanted ||= fetch(url(`v1/${site}/config`)).then((r) => r.json()));
      const applies = (s: Candidate) => !called(s) && evaluate(s.targeting, page) !== "no";
      if (force || (!$.blocked() && $.config.surveys.some(applies))) $.load(tools ? $.config.core.replace("core", "tools") : $.config.core);
    } catch {
      // Offline, or no such site: the next call or page tries again.
      wanted = undefined;
    }
  };

  // The stub of the page may live on in other variables, so the queue listens, not the function.
  queue.push = (...calls) => {
    void look(!calls.every(passive));
    return ([] as unknown[]).push.apply(queue, calls);
  };
  void look(!!cart || !queue.every(passive));
  routes(() => ($.view ? $.view() : look(false)));
  // Read last, because it throws where storage is blocked. The config is still on its way.
  tools ||= sessionStorage.exitpoll_debug;
};

guard(start)();
