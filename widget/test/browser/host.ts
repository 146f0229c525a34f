import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import type { Survey } from "../../src/shared/types";
import type { Fake } from "./server";
import { context, leaving } from "./support";

/** Asked after a moment and by itself, so that a page's broken globals need not be called to see it. */
export const asked: Survey = { ...leaving, trigger: { type: "delay", seconds: 0 } };

/** A shop whose pages may look like anything, by path. */
export interface Host {
  url: string;
  put(path: string, html: string, headers?: Record<string, string>): void;
  /** What pages posted to `/told`. */
  told: string[];
  close(): void;
}

export const host = async (): Promise<Host> => {
  const pages = new Map<string, { html: string; headers: Record<string, string> }>();
  const told: string[] = [];
  const server = createServer((request, response) => {
    if (request.method === "POST") request.on("data", (part: Buffer) => told.push(part.toString()));
    const page = pages.get(new URL(request.url!, "http://x").pathname);
    response.writeHead(page ? 200 : 404, { "content-type": "text/html; charset=utf-8", ...page?.headers });
    response.end(page?.html);
  });
  const url = await new Promise<string>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(`http://localhost:${(server.address() as AddressInfo).port}`)),
  );
  return {
    url,
    told,
    put: (path, html, headers = {}) => void pages.set(path, { html, headers }),
    close: () => void server.close(),
  };
};

export const tag = (server: Fake, attributes = ""): string =>
  `<script async src="${server.polls}/embed.js" data-site="st_test" ${attributes}></script>`;

export const html = (head: string, body = "<h1>Mugs</h1><button id=buy>Add to cart</button>"): string =>
  `<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,">${head}</head><body>${body}</body></html>`;

/** A page in a browser of its own, which does not wait long for what does not come. */
export const fresh = async (browser: Browser, options = {}): Promise<Page> => {
  const page = await (await context(browser, options)).newPage();
  page.setDefaultTimeout(6000);
  return page;
};

/** Everything a shop's owner would find in the console or the network panel and not like. */
export interface Watch {
  problems: string[];
  requests: string[];
}

export const watch = (page: Page): Watch => {
  const seen: Watch = { problems: [], requests: [] };
  page.on("pageerror", (e) => seen.problems.push(String(e.stack || e)));
  page.on("console", (m) => /error|warning/.test(m.type()) && seen.problems.push(m.text()));
  page.on("request", (r) => seen.requests.push(r.url()));
  return seen;
};

/** The survey opens by itself, can be hit where it is seen, takes the answer and reports it. */
export const works = async (page: Page, server: Fake): Promise<void> => {
  await page.getByRole("dialog").waitFor();
  await page.getByText("Shipping costs too much").click();
  await page.getByText("Shipping is on us today").waitFor();
  await expect
    .poll(() => server.types().filter((t) => t.startsWith("survey.")))
    .toEqual(["survey.shown", "survey.answered", "survey.completed"]);
};
