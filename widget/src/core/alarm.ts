import { guard } from "../shared/handed";

/** One due time at a time: sets it in so many ms, and calls it off. */
export const alarm = (ring: () => void): [set: (ms?: number) => void, off: () => void] => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const off = () => clearTimeout(timer);
  return [
    (ms) => {
      off();
      timer = setTimeout(guard(ring), ms);
    },
    off,
  ];
};
