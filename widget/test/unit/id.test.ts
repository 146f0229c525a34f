import { expect, it } from "vitest";
import { uuid } from "../../src/core/id";

it("is a UUIDv7", () => {
  expect(uuid()).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});
it("carries the time in front, so it sorts", () => {
  expect(uuid(0x018f_0000_0001)).toMatch(/^018f0000-0001-7/);
  expect(uuid(1e12) < uuid(1e12 + 1)).toBe(true);
});
it("does not repeat", () => {
  expect(new Set(Array.from({ length: 1000 }, () => uuid(1))).size).toBe(1000);
});
