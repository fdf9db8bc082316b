/** What is told of a place: its number. */
type Taken = (place: number) => void;

/** So many places, each for one at a time; who comes when all are taken waits, in order. */
export class Places {
  private readonly free: number[];
  private readonly queue: Taken[] = [];

  constructor(count: number) {
    this.free = Array.from({ length: count }, (_, place) => place);
  }

  /**
   * Takes a place as soon as there is one, at once where one is free.
   * @returns gives the place back, or leaves the queue; whoever calls it again does no harm
   */
  take(taken: Taken): () => void {
    let place: number | undefined;
    let over = false;
    const enter: Taken = (number) => {
      place = number;
      taken(number);
    };
    this.queue.push(enter);
    this.fill();
    return () => {
      if (over) return;
      over = true;
      const at = this.queue.indexOf(enter);
      if (at >= 0) this.queue.splice(at, 1);
      if (place === undefined) return;
      this.free.push(place);
      this.fill();
    };
  }

  private fill(): void {
    while (this.free.length > 0) {
      const next = this.queue.shift();
      if (next === undefined) return;
      // The lowest, as if each worker were a desk.
      const place = Math.min(...this.free);
      this.free.splice(this.free.indexOf(place), 1);
      next(place);
    }
  }
}
