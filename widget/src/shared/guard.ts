/** Wraps a function so that nothing we do can throw into the page: an error switches the script off instead. */
export const guard =
  <A extends unknown[]>(fn: (...args: A) => void) =>
  (...args: A): void => {
    try {
      fn(...args);
    } catch (e) {
      try {
        window.exitpoll!.$!.fail!(e);
      } catch {
        // Too early or too broken to tell anyone.
      }
    }
  };

export type Undo = () => void;

/** Listens passively and guarded; returns the undo. */
export const listen = <E extends Event = Event>(
  target: EventTarget,
  types: string,
  fn: (event: E) => void,
  capture = false,
): Undo => {
  const options = { passive: true, capture };
  const handler = guard(fn) as EventListener;
  const each = types.split(" ");
  each.forEach((type) => target.addEventListener(type, handler, options));
  return () => each.forEach((type) => target.removeEventListener(type, handler, options));
};
