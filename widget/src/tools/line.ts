import type { Verdict } from "../shared/types";

/** One rule and how it came out; `rules` are its parts. */
export interface Line {
  mark: Verdict;
  label: string;
  text: string;
  rules?: Line[];
}

const UNITS: [number, string][] = [
  [864e5, "day"],
  [36e5, "hour"],
  [6e4, "minute"],
  [1e3, "second"],
];

/** `36 hours`: in a unit of which there are at least two. */
export const span = (ms: number): string => {
  const [size, unit] = UNITS.find(([size]) => ms >= 2 * size) || UNITS[3]!;
  const n = Math.max(0, Math.round(ms / size));
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
};
