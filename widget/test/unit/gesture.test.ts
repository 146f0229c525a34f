import { describe, expect, it } from "vitest";
import { gesture } from "../../src/core/triggers/exit/gesture";

/** Moves given as [height, time]; the last one leaves. */
const leaves = (...path: [number, number][]) => {
  const [move, leave] = gesture(0.3);
  path.slice(0, -1).forEach(([y, t]) => move(y, t));
  const [y, t] = path[path.length - 1]!;
  return leave(y, t);
};

describe("exit gesture", () => {
  it("sees a quick way up and out", () => expect(leaves([200, 0], [120, 40], [50, 80], [-2, 100])).toBe(true));
  it("sees a leap with a single earlier sample", () => expect(leaves([300, 0], [-5, 60])).toBe(true));
  it("ignores a slow drift", () => expect(leaves([30, 0], [20, 100], [10, 200], [-1, 300])).toBe(false));
  it("ignores a rest at the top, however fast the way there", () =>
    expect(leaves([400, 0], [4, 50], [-1, 2000])).toBe(false));
  it("ignores leaving through a side or the bottom", () => expect(leaves([300, 0], [250, 40], [200, 60])).toBe(false));
  it("ignores a pointer that comes from nowhere", () => expect(leaves([-3, 0])).toBe(false));
  it("ignores a way down", () => expect(leaves([-20, 0], [-1, 40])).toBe(false));
});
