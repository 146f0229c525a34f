import type { Lookup } from "../shared/types";

/** What kind of device this is, as reports and targeting name it. */
export const device = (agent: string, touchPoints: number): string =>
  // An iPad of today says that it is a Mac.
  /iPad|Android(?!.*Mobi)/.test(agent) || (touchPoints > 1 && /Macintosh/.test(agent))
    ? "tablet"
    : /Mobi/.test(agent)
      ? "mobile"
      : "desktop";

/** The fields every page view knows without storage, cart or customer. */
export const pageFacts =
  (locale: string | undefined): Lookup =>
  (field) => {
    const { href, pathname, search } = location;
    const param = (name: string) => new URLSearchParams(search).get(name);
    if (field === "page.url") return href;
    if (field === "page.path") return pathname;
    if (field === "referrer") return document.referrer || null;
    if (field === "device") return device(navigator.userAgent, navigator.maxTouchPoints);
    // The shop's language comes before the browser's: the survey should read like the page around it.
    if (field === "locale") return locale || document.documentElement.lang || navigator.language;
    if (field.startsWith("page.query.")) return param(field.slice(11));
    if (field.startsWith("utm.")) return param("utm_" + field.slice(4));
    return undefined;
  };
