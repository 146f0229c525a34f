const WINDOW = 150;
const SPEED = 0.3;

/** Recognises a pointer that leaves upward through the top edge. Times in ms, heights in px, both from the page. */
export class Gesture {
  private moves: { y: number; t: number }[] = [];

  move(y: number, t: number): void {
    // One sample older than the window stays: a leap may have no other.
    while (this.moves.length > 1 && t - this.moves[1]!.t > WINDOW) this.moves.shift();
    this.moves.push({ y, t });
  }

  /** The pointer left at this height: upward, fast enough, through the top? */
  leave(y: number, t: number): boolean {
    this.move(y, t);
    const inside = this.moves.filter((m) => t - m.t <= WINDOW);
    const from = inside.length > 1 ? inside[0]! : this.moves[0]!;
    this.moves = [];
    return y <= 0 && from.t < t && (from.y - y) / (t - from.t) > SPEED;
  }
}
