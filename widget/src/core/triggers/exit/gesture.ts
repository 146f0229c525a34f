const WINDOW = 150;

/** Recognises a pointer that leaves upward through the top edge. Times in ms, heights in px from the top, velocity in px/ms. */
export const gesture = (velocity: number) => {
  let moves: { y: number; t: number }[] = [];
  // The newest stays however old it is: a leap may have no other.
  const recent = (t: number) => moves.filter((m, i) => t - m.t <= WINDOW || !moves[i + 1]);

  const move = (y: number, t: number): void => {
    moves = [...recent(t), { y, t }];
  };
  /** The pointer left at this height: upward, fast enough, through the top? */
  const leave = (y: number, t: number): boolean => {
    const [from] = recent(t);
    moves = [];
    return !!from && y <= 0 && (from.y - y) / (t - from.t) > velocity;
  };
  return [move, leave] as const;
};
