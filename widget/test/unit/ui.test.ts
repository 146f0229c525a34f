import { describe, expect, it } from "vitest";
import { safeUrl } from "../../src/ui/ending";
import { palette } from "../../src/ui/theme";
import { sayer } from "../../src/ui/words";

/** WCAG's own formula, to the letter. */
const luminance = (color: [number, number, number]) =>
  color
    .map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i]!, 0);
const contrast = (a: [number, number, number], b: [number, number, number]) => {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
};
const rgb = (css: string) => css.match(/\d+/g)!.map(Number) as [number, number, number];

describe("colours", () => {
  it.each(["#0b6e4f", "#ffe600", "#fff", "#000", "#777", "red", undefined])("can be read with accent %s", (accent) => {
    for (const [theme, dark] of [[{}, false], [{}, true], [{ background: "#fff8ed", text: "#aaa" }, false], [{ background: "#345" }, false]] as const) {
      const { bg, ink, soft, accent: fill, on } = palette({ ...theme, accent }, dark) as Record<string, string>;
      expect(contrast(rgb(ink!), rgb(bg!))).toBeGreaterThanOrEqual(7);
      expect(contrast(rgb(soft!), rgb(bg!))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(rgb(fill!), rgb(bg!))).toBeGreaterThanOrEqual(3);
      expect(contrast(rgb(on!), rgb(fill!))).toBeGreaterThanOrEqual(4.5);
    }
  });
  it("follows the device unless told", () => {
    expect(palette({}, true)["scheme"]).toBe("dark");
    expect(palette({ scheme: "light" }, true)["scheme"]).toBe("light");
    expect(palette({ scheme: "dark" }, false)["scheme"]).toBe("dark");
  });
});

describe("words", () => {
  it("carry their numbers", () => {
    const say = sayer({ words: { progress: "{of} 中 {n}", at_least: "At least {n}" } });
    expect(say("progress", 2, 5)).toBe("5 中 2");
    expect(say("at_least", 3)).toBe("At least 3");
  });
  it("are empty where the server sent none", () => {
    expect(sayer({})("close")).toBe("");
    expect(sayer({ words: { next: "Next" } })("progress", 1, 2)).toBe("");
  });
});

describe("links", () => {
  const safe = (url: string) => safeUrl(url, "https://shop.example/cart");
  it("lead to the web", () => {
    expect(safe("/checkout")).toBe("https://shop.example/checkout");
    expect(safe("https://a.example/")).toBe("https://a.example/");
  });
  it("never run scripts", () => {
    for (const url of ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "", "http://["])
      expect(safe(url)).toBeUndefined();
  });
});
