import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Candidate, Config, Survey } from "../../src/shared/types";
import { words } from "./words";

const built = (name: string) => readFileSync(new URL(`../../../static/widget/${name}.js`, import.meta.url));
const SCRIPTS: Record<string, string> = {
  "/embed.js": "embed",
  "/assets/core.test.js": "core",
  "/assets/carts.test.js": "carts",
  "/assets/ui.test.js": "ui",
  "/assets/tools.test.js": "tools",
};

type Event = { id: string; type: string } & Record<string, unknown>;

/** A shop and a survey server on two origins, with what the survey server was told. */
export interface Fake {
  shop: string;
  polls: string;
  config: Config;
  /** Documents that decide offers, by key. */
  surveys: Map<string, Survey>;
  withhold: boolean;
  /** What decide explains when it is asked to. */
  trace: unknown[];
  /** Documents by preview token. */
  previews: Map<string, Survey>;
  /** While set, events are refused with this status. */
  failing: number;
  /** The code of the coupon pool; empty: none is left. */
  coupon: string;
  /** Holds the coupon's answer back until it resolves. */
  slow: Promise<void>;
  coupons: Record<string, unknown>[];
  decides: Record<string, unknown>[];
  events: Event[];
  paths: string[];
  /** What the shop's pages consist of. */
  page: { attributes: string; head: string; body: string; headers: Record<string, string> };
  live(survey: Survey, candidate?: Partial<Candidate>): void;
  types(): string[];
  reset(): void;
  close(): void;
}

/** What the server fills in where a document says nothing. */
const TRIGGERS: Record<string, object> = {
  exit_intent: {
    min_seconds: 5,
    desktop: true,
    mobile: ["scroll_up", "idle", "return"],
    dwell_ms: 300,
    velocity: 0.3,
    scroll_speed: 1000,
    scroll_distance: 300,
    scroll_depth: 30,
    hidden_seconds: 5,
    idle_seconds: 40,
  },
};

const text = async (request: IncomingMessage) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
};

const listen = (server: Server) =>
  new Promise<string>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(`http://localhost:${(server.address() as AddressInfo).port}`)),
  );

export const fake = async (): Promise<Fake> => {
  const shop = createServer((_, response) => {
    const { attributes, head, body, headers } = it.page;
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...headers });
    response.end(`<!doctype html><html lang="en"><head><title>Shop</title>${head}
<script async src="${it.polls}/embed.js" data-site="st_test" ${attributes}></script></head><body>${body}</body></html>`);
  });
  const polls = createServer((request, response) => {
    void (async () => {
      const { pathname, searchParams } = new URL(request.url!, "http://x");
      it.paths.push(pathname);
      const json = (status: number, value: unknown) => {
        response.writeHead(status, { "content-type": "application/json", "access-control-allow-origin": "*" });
        response.end(JSON.stringify(value));
      };
      const script = SCRIPTS[pathname];
      if (script) {
        response.writeHead(200, { "content-type": "text/javascript; charset=utf-8", "access-control-allow-origin": "*" });
        response.end(built(script));
      } else if (pathname.endsWith("/config")) json(200, it.config);
      else if (pathname.endsWith("/decide")) {
        const body = JSON.parse(await text(request)) as { candidates: string[]; debug?: boolean };
        it.decides.push(body);
        const offered = body.candidates.flatMap((key) => it.surveys.get(key) ?? []);
        json(200, {
          offers: offered.map((survey) => ({ token: `offer:${survey.key}`, survey: { dir: "ltr", words, ...survey }, withhold: it.withhold })),
          denied: [],
          ...(body.debug && { trace: it.trace }),
        });
      } else if (pathname.endsWith("/preview")) {
        const survey = it.previews.get(searchParams.get("token")!);
        json(survey ? 200 : 404, { survey });
      } else if (pathname.endsWith("/events")) {
        const body = JSON.parse(await text(request)) as { events: Event[] };
        if (it.failing) return json(it.failing, {});
        // Sending twice changes nothing.
        for (const event of body.events) if (!it.events.some((e) => e.id === event.id)) it.events.push(event);
        json(202, { accepted: body.events.length, rejected: [] });
      } else if (pathname.endsWith("/coupon")) {
        it.coupons.push(JSON.parse(await text(request)) as Record<string, unknown>);
        await it.slow;
        if (it.coupon) json(200, { code: it.coupon });
        else json(404, { reason: "no_coupon" });
      } else json(404, {});
    })();
  });

  const it: Fake = {
    shop: await listen(shop),
    polls: await listen(polls),
    config: { core: "", ui: "", storage: "functional", gap: 7 * 864e5, block: [], surveys: [] },
    surveys: new Map(),
    withhold: false,
    trace: [],
    previews: new Map(),
    failing: 0,
    coupon: "SHIP-7Q2M",
    slow: Promise.resolve(),
    coupons: [],
    decides: [],
    events: [],
    paths: [],
    page: { attributes: "", head: "", body: "", headers: {} },
    live(survey, candidate) {
      const { key, kind, trigger = { type: "manual" }, placement } = survey;
      it.config.surveys.push({ key, kind, trigger: { ...TRIGGERS[trigger.type], ...trigger }, placement, ...candidate });
      it.surveys.set(key, survey);
    },
    types: () => it.events.map((e) => e.type),
    reset() {
      it.config = { core: "/assets/core.test.js", ui: "/assets/ui.test.js", storage: "functional", gap: 7 * 864e5, block: [], surveys: [] };
      it.surveys.clear();
      it.withhold = false;
      it.trace = [];
      it.previews.clear();
      it.failing = 0;
      it.coupon = "SHIP-7Q2M";
      it.slow = Promise.resolve();
      it.coupons = [];
      it.decides = [];
      it.events = [];
      it.paths = [];
      it.page = { attributes: "", head: "", body: PAGE, headers: {} };
    },
    close() {
      shop.close();
      polls.close();
    },
  };
  it.reset();
  return it;
};

const PAGE = `<main style="font:18px/1.6 Georgia,serif;max-width:720px;margin:40px auto"><h1>Mugs</h1>
<p>Thrown by hand, glazed in blue.</p><button id="buy">Add to cart</button> <input id="search" aria-label="Search">
${"<p>Every mug is a little different, which is the point of it.</p>".repeat(30)}</main>`;
