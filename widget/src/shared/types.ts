import type { Context } from "../core/context";
import type { Engine } from "../core/engine";
import type { guard, listen } from "./guard";

// The wire format of docs/protocol.md, as far as the page reads it.

/** A condition on one field, or a group of conditions. */
export interface Rule {
  all?: Rule[];
  any?: Rule[];
  not?: Rule;
  field?: string;
  answer?: string;
  op?: string;
  value?: unknown;
}

/** When a survey comes. The config always carries every field of its type. */
export interface Trigger {
  type: string;
  /** Of `exit_intent`: least time on the page, s. */
  min_seconds?: number;
  /** Does a pointer that leaves count? */
  desktop?: boolean;
  /** Signs of leaving on a phone: `scroll_up`, `return`, `idle`. */
  mobile?: string[];
  /** How long the pointer stays away, ms. */
  dwell_ms?: number;
  /** How fast it leaves, px/ms. */
  velocity?: number;
  /** How fast the page is scrolled back up, px/s, over which distance, px, from which depth, % of the page. */
  scroll_speed?: number;
  scroll_distance?: number;
  scroll_depth?: number;
  /** Least time in another tab or app, s. */
  hidden_seconds?: number;
  /** Time without a sign of life, s. */
  idle_seconds?: number;
  /** Of `delay`. */
  seconds?: number;
  /** Of `scroll`. */
  percent?: number;
  /** Of `click`. */
  selector?: string;
  /** Of `event`. */
  name?: string;
}

export interface Placement {
  type: "modal" | "slide_in" | "bar" | "inline";
  position?: string;
}

/** A live survey as the public config lists it: no questions. */
export interface Candidate {
  key: string;
  kind: string;
  trigger: Trigger;
  targeting?: Rule;
  placement?: Placement;
}

export interface Config {
  core: string;
  ui: string;
  storage: "functional" | "consent" | "none";
  gap?: number;
  /** Paths (globs) of pages where nothing opens by itself, except after an order. */
  block?: string[];
  surveys: Candidate[];
}

export interface Choice {
  key: string;
  label: string;
  /** Address of its picture. */
  image?: string;
  /** Keeps its place at the end when the others are shuffled. */
  pinned?: boolean;
}

/** Where to go after a question; the first that holds wins. */
export interface Branch {
  if?: Rule;
  go: string;
}

export interface Question {
  key: string;
  type: string;
  prompt: string;
  help?: string;
  required?: boolean;
  /** Of a matrix: its columns. */
  choices?: Choice[];
  /** Of a matrix. */
  rows?: Choice[];
  other?: boolean;
  shuffle?: boolean;
  placeholder?: string;
  /** Labels of a scale's ends. */
  low?: string;
  high?: string;
  /** How a scale is drawn. */
  style?: "stars" | "faces" | "numbers";
  /** Fewest choices or characters. */
  min?: number;
  /** Most choices or characters; the top of a scale. */
  max?: number;
  /** Label of the box that allows mail. */
  consent?: string;
  next?: Branch[];
}

export interface Ending {
  key: string;
  title: string;
  text?: string;
  /** A code to ask the server for. */
  coupon?: { pool: string };
  button?: { label: string; url: string };
}

export interface Theme {
  accent?: string;
  background?: string;
  text?: string;
  radius?: number;
  /** A font family; `inherit` takes the page's. */
  font?: string;
  scheme?: "light" | "dark" | "auto";
  /** The store's own rules, after ours. */
  css?: string;
}

/** The words around a question; `{n}` and `{of}` stand for numbers. */
export type Word =
  | "close"
  | "back"
  | "next"
  | "send"
  | "other"
  | "thanks"
  | "required"
  | "at_least"
  | "at_most"
  | "too_short"
  | "email"
  | "choose"
  | "copy"
  | "copied"
  | "up"
  | "down"
  | "progress";

/** The document inside an offer: localized, for the visitor's variant. */
export interface Survey {
  key: string;
  kind: string;
  locale?: string;
  dir?: "ltr" | "rtl";
  placement?: Placement;
  trigger?: Trigger;
  questions: Question[];
  endings?: Ending[];
  theme?: Theme;
  /** In the survey's language. */
  words?: Partial<Record<Word, string>>;
}

export interface Answer {
  choice?: string;
  choices?: string[];
  number?: number;
  text?: string;
  other?: string;
  email?: string;
  consent?: boolean;
  ranking?: string[];
  matrix?: Record<string, string>;
}

export type Answers = Record<string, Answer>;

export interface Offer {
  token: string;
  survey: Survey;
  withhold?: boolean;
}

export interface Item {
  id?: string | number;
  name?: string;
  quantity?: number;
  price?: number;
}

export interface Cart {
  token?: string;
  value?: number;
  currency?: string;
  items?: Item[] | number;
  checkout_url?: string;
  email?: string;
}

export interface Order extends Cart {
  id: string;
  new_customer?: boolean;
  /** How many orders this person has placed, this one included. */
  number?: number;
}

export interface Customer {
  id?: string;
  email?: string;
  name?: string;
  signature?: string;
  attributes?: Record<string, unknown>;
}

export type DismissedBy = "close" | "escape" | "outside";

/** How far a shopper has come: what was reported, and the keys of the questions up to the one on screen. */
export interface Progress {
  answers: Answers;
  path: string[];
}

/** An open survey as the store keeps it under "resume", from its first answer to its end. */
export interface Saved extends Progress {
  session: string;
  /** When it was written, in ms since 1970. */
  at: number;
  offer: Offer;
  trigger: string;
}

/** What an open survey tells its opener. */
export interface Listener {
  answered(answers: Answers): void;
  completed(): void;
  dismissed(by: DismissedBy): void;
  /** Gone from the page, for whatever reason. */
  closed(): void;
  /** Something was reported, or another question is on screen. */
  moved?(progress: Progress): void;
  /** Asks for the code of an ending's coupon; empty when there is none. */
  coupon?(ending: string): Promise<string | undefined>;
}

export interface View {
  /** Reports what is typed but not yet reported. */
  save(): void;
  /** Takes the survey off the page without a word. */
  remove(): void;
}

/** Opens the survey of an offer; `begun` runs once that is certain. */
export type Show = (offer: Offer, trigger: string, begun: () => void) => void;

/** Looks a field up: `undefined` is unknown, `null` is known to be absent. */
export type Lookup = (field: string) => unknown;

export type Verdict = "yes" | "no" | "maybe";

/** What the loader hands to the bundles after it, as `exitpoll.$`. */
export interface Handoff {
  site: string;
  script: HTMLScriptElement;
  config: Config;
  started: number;
  fetch: typeof fetch;
  url(path: string): string;
  /** Loads another bundle, once. */
  load(path: string): void;
  page: Lookup;
  evaluate(rule: Rule | undefined, lookup: Lookup): Verdict;
  guard: typeof guard;
  listen: typeof listen;
  /** Is this a page where nothing opens by itself? */
  blocked(): boolean;
  /** Set by the core: the shop's router went to another page. */
  view?: () => void;
  /** Set by the core: an error inside; takes the script off this page view and reports it, once. */
  fail?: (error: unknown) => void;
  /** Set by the core, for the UI and the debug panel. */
  ctx?: Context;
  engine?: Engine;
  /** Set by the UI. */
  ui?: Show;
  /** Set by the UI: opens an interrupted survey again. It is the same offer, so it is not reported as shown again. */
  resume?: (saved: Saved) => void;
  /** Set by the UI: draws a survey and reports to the listener only (a preview). */
  open?: (offer: Offer, on: Listener) => View;
  /** Called by the UI bundle once `ui` and `resume` are set. */
  ready?: () => void;
  /** Set by the debug panel: told that a survey's moment came, before anything is made of it; `against`: at a bad time for its trigger. */
  trace?: (survey: string, against?: boolean) => void;
}

export interface Exitpoll {
  (...call: unknown[]): void;
  q?: ArrayLike<unknown>[];
  $?: Handoff;
}

declare global {
  interface Window {
    exitpoll?: Exitpoll;
    navigation?: EventTarget;
    Shopify?: { routes?: { root?: string } };
    dataLayer?: unknown[];
  }
  interface Navigator {
    globalPrivacyControl?: boolean;
  }
}
