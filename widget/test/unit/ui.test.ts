import { describe, expect, it } from "vitest";
import { safeUrl } from "../../src/ui/ending";
import { shuffle } from "../../src/ui/questions/shuffle";
import { direction, strings } from "../../src/ui/strings";
import { contrast, palette } from "../../src/ui/theme";

const rgb = (css: string) => css.match(/\d+/g)!.map(Number) as [number, number, number];

describe("colours", () => {
  it.each(["#0b6e4f", "#ffe600", "#fff", "#000", "#777", "red", undefined])("can be read with accent %s", (accent) => {
    for (const dark of [false, true]) {
      const { bg, ink, soft, accent: fill, on } = palette({ accent }, dark) as Record<string, string>;
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
  it.each("en de fr es it pt nl sv pl ja ar he".split(" "))("are complete in %s", (locale) => {
    const words = strings(locale);
    for (const word of Object.values(words)) expect(word).toBeTruthy();
    expect(words.progress(3, 7)).toMatch(/3.*7/);
  });
  it("fall back to English", () => expect(strings("xx-YY").close).toBe("Close"));
  it("know their direction", () => {
    expect(direction("ar-EG")).toBe("rtl");
    expect(direction("en")).toBe("ltr");
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

it("shuffles without losing anything", () => {
  const items = [1, 2, 3, 4, 5];
  expect(shuffle(items).sort()).toEqual(items);
  expect(shuffle(items, () => 0)).toEqual([2, 3, 4, 5, 1]);
  expect(items).toEqual([1, 2, 3, 4, 5]);
});
