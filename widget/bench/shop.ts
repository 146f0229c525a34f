import { readFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync } from "node:zlib";
import type { Config } from "../src/shared/types";
import { leaving } from "../test/browser/support";
import { words } from "../test/browser/words";

/** Which page view is measured: no tag at all, a tag where nothing can apply, a tag with a survey that waits. */
export type Look = "blank" | "unarmed" | "armed";

/** As the server sends it: with every field. */
const trigger = {
  type: "exit_intent",
  min_seconds: 0,
  desktop: true,
  mobile: ["scroll_up", "idle", "return"],
  dwell_ms: 300,
  velocity: 0.3,
  scroll_speed: 1000,
  scroll_distance: 300,
  scroll_depth: 30,
  hidden_seconds: 5,
  idle_seconds: 40,
};

const SCRIPT = /^\/(?:assets\/)?(\w+)(?:\.bench)?\.js$/;

/** A shop and its survey server, which sends everything as Brotli and counts it. */
export interface Shop {
  url(look: Look): string;
  polls: string;
  /** Bytes of each body sent since `forget`, by path. */
  sent: Map<string, number>;
  forget(): void;
  close(): void;
}

const listen = (server: Server) =>
  new Promise<string>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(`http://localhost:${(server.address() as AddressInfo).port}`)),
  );

const text = "<p>Every mug is a little different, which is the point of it.</p>".repeat(40);

export const open = async (): Promise<Shop> => {
  const servers: Server[] = [];
  let look: Look = "blank";
  const sent = new Map<string, number>();
  const config = (): Config => ({
    core: "/assets/core.bench.js",
    ui: "/assets/ui.bench.js",
    storage: "functional",
    gap: 7 * 864e5,
    block: ["*/payment*", "*/order-pay*"],
    surveys: [
      {
        key: leaving.key,
        kind: leaving.kind,
        trigger,
        placement: leaving.placement,
        targeting: { all: [{ field: "page.path", op: "glob", value: look === "armed" ? "/armed*" : "/cart*" }] },
      },
    ],
  });

  const polls = await listen(
    (servers[0] = createServer((request, response) => {
      const { pathname } = new URL(request.url!, "http://x");
      const send = (status: number, type: string, body: string | Buffer) => {
        const packed = brotliCompressSync(body);
        sent.set(pathname, (sent.get(pathname) || 0) + packed.length);
        response.writeHead(status, { "content-type": type, "content-encoding": "br", "access-control-allow-origin": "*" });
        response.end(packed);
      };
      const json = (status: number, value: unknown) => send(status, "application/json", JSON.stringify(value));
      const script = SCRIPT.exec(pathname)?.[1];
      request.resume().on("end", () => {
        if (script) send(200, "text/javascript", readFileSync(new URL(`../../static/widget/${script}.js`, import.meta.url)));
        else if (pathname.endsWith("/config")) json(200, config());
        else if (pathname.endsWith("/decide")) json(200, { offers: [{ token: "bench", survey: { ...leaving, dir: "ltr", words } }], denied: [] });
        else json(202, { accepted: 1, rejected: [] });
      });
    })),
  );
  const page = (response: ServerResponse) => {
    const tag = look === "blank" ? "" : `<script async src="${polls}/embed.js" data-site="st_bench"></script>`;
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(
      `<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,">${tag}</head><body><main><h1>Mugs</h1>${text}</main></body></html>`,
    );
  };
  const shop = await listen((servers[1] = createServer((_, response) => page(response))));

  return {
    url(wanted) {
      look = wanted;
      return `${shop}/${wanted}`;
    },
    polls,
    sent,
    forget: () => sent.clear(),
    close: () => servers.splice(0).forEach((s) => s.close()),
  };
};

