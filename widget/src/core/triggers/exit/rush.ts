/** So long after the finger's last move a page may still begin to scroll under it, ms: browsers report such moves rarely. */
const UNDER_FINGER = 400;

/**
 * Recognises a page that a finger throws back up: `distance` px without turning, at `speed` px/s.
 *
 * Told of every new height (px from the top) with its time and that of the finger's last move, ms.
 */
export const rush = (speed: number, distance: number) => {
  let run: { y: number; t: number }[] = [];
  let last = 0;

  return (y: number, t: number, moved: number): boolean => {
    // A throw begins under the finger and goes on without it; an anchor or a script begins by itself.
    if (y >= last || (!run.length && t - moved > UNDER_FINGER)) run = [];
    else run.push({ y, t });
    last = y;
    run = run.filter((at) => t - at.t <= (distance / speed) * 1000);
    return !!run.length && run[0]!.y - y >= distance;
  };
};
