import { describe, expect, it } from "vitest";
import { ordered } from "../../src/ui/questions/order";

const choices = ["a", "b", "c", "d"].map((key) => ({ key, label: key }));
const question = { key: "q", type: "single_choice", prompt: "Q", shuffle: true };
const keys = (seed: string, of = choices, q = question) => ordered(q, of, seed).map((c) => c.key);
/** As an offer's token: alike for most of its length. */
const seeds = Array.from({ length: 2400 }, (_, i) => `eyJzIjoic3RfdGVzdCJ9.${(i * 7919).toString(36)}.Zm9v`);

describe("shuffled choices", () => {
  it("are all there, in an order that stays", () => {
    for (const seed of seeds.slice(0, 50)) {
      expect(keys(seed).sort()).toEqual(["a", "b", "c", "d"]);
      expect(keys(seed)).toEqual(keys(seed));
    }
    expect(choices.map((c) => c.key)).toEqual(["a", "b", "c", "d"]);
  });

  it("come in every order about as often", () => {
    const counts = new Map<string, number>();
    for (const seed of seeds) counts.set(keys(seed).join(""), (counts.get(keys(seed).join("")) || 0) + 1);
    expect(counts.size).toBe(24);
    // 100 expected each; chi-square with 23 degrees of freedom stays below 50 but once in a thousand.
    expect([...counts.values()].reduce((sum, n) => sum + (n - 100) ** 2 / 100, 0)).toBeLessThan(50);
  });

  it("differ from one question to the next", () => {
    const same = seeds.filter((seed) => keys(seed).join("") === keys(seed, choices, { ...question, key: "r" }).join(""));
    expect(same.length).toBeLessThan(seeds.length / 12);
  });

  it("leave pinned ones at the end, in their own order", () => {
    const pinned = choices.map((c) => ({ ...c, pinned: /[ac]/.test(c.key) }));
    for (const seed of seeds.slice(0, 50)) expect(keys(seed, pinned).slice(2)).toEqual(["a", "c"]);
  });

  it("stay as they are unless asked", () => expect(keys("x", choices, { ...question, shuffle: false })).toEqual(["a", "b", "c", "d"]));
});
