import { guard } from "../shared/guard";
import { me } from "../core/visitor";
import type { Candidate, Handoff } from "../shared/types";
import { h } from "../ui/dom";
import { pageGates, type Line } from "./gates";
import { askServer } from "./server";
import { shell } from "./shell";

/** How often the page's side is looked at again. */
const LOOK = 1000;
/** Keeps the panel for the tab; the loader reads it, too. */
const KEY = "exitpoll_debug";

const WORDS = { yes: "Yes", no: "No", maybe: "Depends" };

const attempt = (use: () => void) => {
  try {
    use();
  } catch {
    // Without storage the panel is there for this page only.
  }
};

/** Redraws a list only when it changed, so that a reader's place in it is kept. */
const drawLines = (list: HTMLElement, lines: Line[]) => {
  const now = JSON.stringify(lines);
  if (list.dataset.now === now) return;
  list.dataset.now = now;
  const row = ({ mark, label, text, rules }: Line): HTMLElement => {
    const parts = rules && h("ul", {}, ...rules.map(row));
    return h("li", { class: mark }, h("span", { class: "quiet" }, `${WORDS[mark]}: `), h("b", {}, label), ` ${text}`, parts);
  };
  list.replaceChildren(...lines.map(row));
};

const copyable = (name: string, said: HTMLElement) => {
  const value = h("code", { id: name.toLowerCase() });
  const button = h("button", { type: "button", "aria-label": `Copy the ${name.toLowerCase()} id` }, "Copy");
  button.addEventListener("click", () => {
    void (async () => {
      try {
        await navigator.clipboard.writeText(value.textContent || "");
        said.textContent = `${name} id copied`;
      } catch {
        said.textContent = "Could not copy: please select the text";
      }
    })();
  });
  return { value, row: h("p", { class: "id" }, h("b", {}, name), value, button) };
};

/** One survey's part of the panel. */
const drawSurvey = (s: Candidate, open: boolean) => {
  const state = h("span", { class: "state" });
  const page = h("ul", {});
  const server = h("ul", {});
  const details = h(
    "details",
    { open },
    h("summary", {}, h("b", {}, s.key), state),
    h("h3", {}, "On this page"),
    page,
    h("h3", {}, "On the server"),
    server,
  );
  return { s, state, page, server, details };
};

/** What comes of all verdicts, in a few words. */
export const sum = (page: Line[], server: Line[] | undefined): [Line["mark"], string] => {
  const no = [...page, ...(server || [])].find((line) => line.mark === "no");
  if (no) return ["no", `no: ${no.label.toLowerCase()}`];
  return server ? ["yes", "waits for its moment"] : ["maybe", "the server was not asked yet"];
};

/** A panel in the corner: every survey of the site, and what stands between it and this page view. */
export const openPanel = ($: Handoff): void => {
  attempt(() => sessionStorage.setItem(KEY, "1"));
  const said = h("p", { class: "quiet", role: "status" });
  const [visitor, visit] = [copyable("Visitor", said), copyable("Visit", said)];
  const about = h("ul", {});
  const ask = h("button", { type: "button" }, "Ask the server again");
  const surveys = $.config.surveys.map((s, i, { length }) => drawSurvey(s, length === 1 && !i));
  const body = h(
    "div",
    { class: "inner", id: "body", tabindex: "0", role: "group", "aria-label": "Verdicts" },
    ...surveys.map((it) => it.details),
    surveys.length ? ask : h("p", {}, "No survey of this site is live."),
    h("h3", {}, "This browser"),
    visitor.row,
    visit.row,
    about,
  );
  const fold = h("button", { type: "button", "aria-controls": "body" }, "Hide");
  const close = h("button", { type: "button" }, "Close");
  const panel = h(
    "section",
    { class: "panel", "aria-label": "Exitpoll debug panel" },
    h("header", {}, h("h2", {}, "Exitpoll"), fold, close),
    body,
    said,
  );
  const host = shell(panel);

  const folded = (yes: boolean) => {
    body.hidden = yes;
    fold.textContent = yes ? "Show" : "Hide";
    fold.setAttribute("aria-expanded", String(!yes));
  };
  // On a phone it would cover what it is about.
  folded(innerWidth < 640);
  fold.addEventListener("click", () => folded(!body.hidden));

  let server = new Map<string, Line[]>();
  let asked = "";
  let failed = "";
  const look = guard(() => {
    const { ctx } = $;
    for (const it of surveys) {
      const [page, told] = [pageGates(it.s, $), server.get(it.s.key)];
      drawLines(it.page, page);
      drawLines(it.server, told || [{ mark: "maybe", label: "", text: failed || "not asked yet" }]);
      const [mark, text] = sum(page, told);
      it.state.className = `state ${mark}`;
      it.state.textContent = text;
    }
    if (!ctx) return;
    const who = me(ctx.store);
    visitor.value.textContent = who.visitor;
    visit.value.textContent = who.session;
    const waiting = ctx.store.get<unknown[]>("queue")?.length || 0;
    const { cart, order } = ctx.told;
    const kept = ctx.store.lasting();
    drawLines(about, [
      { mark: kept ? "yes" : "maybe", label: "Storage", text: `${$.config.storage}: ${kept ? "kept in this browser" : "in memory, gone with the page"}` },
      { mark: waiting ? "maybe" : "yes", label: "Queue", text: waiting ? `${waiting} events wait to be sent` : "everything was sent" },
      { mark: "yes", label: "Cart", text: cart ? `${cart.value} ${cart.currency || ""}` : "not reported" },
      { mark: "yes", label: "Order", text: order ? order.id : "not reported" },
      ...($.script.dataset.auto === "off" ? [{ mark: "no" as const, label: "Tag", text: 'data-auto="off": nothing opens by itself' }] : []),
    ]);
    const question = JSON.stringify([location.href, ctx.told, who.session, who.last]);
    if (question === asked || !surveys.length) return;
    asked = question;
    askServer(ctx)
      .then((verdicts) => {
        server = verdicts;
        failed = "";
      })
      .catch((e: unknown) => {
        failed = `no answer (${String(e)})`;
      })
      .finally(look);
  });
  ask.addEventListener("click", () => {
    asked = "";
    said.textContent = "Asked again";
    look();
  });
  const timer = setInterval(() => document.visibilityState === "visible" && look(), LOOK);
  close.addEventListener("click", () => {
    clearInterval(timer);
    attempt(() => sessionStorage.removeItem(KEY));
    host.remove();
  });
  look();
};
