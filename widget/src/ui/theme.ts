import type { Theme } from "../shared/types";

type Rgb = [number, number, number];

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
const ACCENT: Rgb = [31, 95, 208];
/** Paper and ink. */
const LIGHT: [Rgb, Rgb] = [WHITE, [23, 25, 29]];
const DARK: [Rgb, Rgb] = [
  [29, 31, 36],
  [241, 242, 244],
];

const parse = (hex: string | undefined): Rgb | undefined => {
  const digits = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(hex || "")?.[1];
  const full = digits?.length === 3 ? digits.replace(/./g, "$&$&") : digits;
  return full?.match(/../g)!.map((pair) => parseInt(pair, 16)) as Rgb | undefined;
};

const css = (c: Rgb) => `rgb(${c})`;
/** Rounded as it will be seen, so that what is decided by it holds. */
const mix = (a: Rgb, b: Rgb, share: number) => a.map((v, i) => Math.round(v * share + b[i]! * (1 - share))) as Rgb;

/** sRGB's curve made simple: dark colours come out up to a fifteenth too dark, which the limits below allow for. */
const luminance = ([r, g, b]: Rgb) => {
  const part = (v: number) => (v / 255) ** 2.2;
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
};

/** Nearly WCAG's contrast, 1 to 21. */
const contrast = (a: Rgb, b: Rgb): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
};

/** Black or white, whichever reads; white on a tie of taste. */
const readable = (on: Rgb) => (contrast(WHITE, on) >= 4.5 || contrast(WHITE, on) > contrast(BLACK, on) ? WHITE : BLACK);

/** The store's colours as custom properties, mended until text and controls can be read. */
export const palette = (theme: Theme, prefersDark: boolean): Record<string, string> => {
  const dark = theme.scheme === "dark" || (theme.scheme !== "light" && prefersDark);
  const [paper, text] = dark ? DARK : LIGHT;
  // A store's own paper belongs to the light scheme it was chosen for.
  const own = !dark || theme.scheme === "dark" ? theme : {};
  const bg = parse(own.background) || paper;
  const wanted = parse(own.text) || text;
  const ink = contrast(wanted, bg) >= 7.5 ? wanted : readable(bg);
  let accent = parse(theme.accent) || ACCENT;
  for (let i = 0; i < 20 && contrast(accent, bg) < 3.2; i++) accent = mix(accent, ink, 0.9);
  return {
    bg: css(bg),
    ink: css(ink),
    soft: css(mix(ink, bg, 0.7)),
    edge: css(mix(ink, bg, 0.5)),
    line: css(mix(ink, bg, 0.15)),
    wash: css(mix(ink, bg, 0.04)),
    tint: css(mix(accent, bg, 0.09)),
    accent: css(accent),
    on: css(readable(accent)),
    bad: dark ? "#ff8a80" : "#c62828",
    scheme: dark ? "dark" : "light",
    radius: `${Math.min(theme.radius ?? 14, 28)}px`,
  };
};
