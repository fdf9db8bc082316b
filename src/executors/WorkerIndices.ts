/** Gives each living thread a stable number 0..n-1; a thread that replaces a dead one gets the number that is free. */
export class WorkerIndices {
  private readonly numbers = new Map<number, number>();

  /** The number of thread `threadId`, where `living` are the ids of the threads that live now. */
  of(threadId: number, living: readonly number[]): number {
    const known = this.numbers.get(threadId);
    if (known !== undefined) return known;
    for (const id of [...this.numbers.keys()]) if (!living.includes(id)) this.numbers.delete(id);
    const taken = new Set(this.numbers.values());
    let number = 0;
    while (taken.has(number)) number++;
    this.numbers.set(threadId, number);
    return number;
  }
}
