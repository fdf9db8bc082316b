/** Ten minutes at least, and two hours while nothing is known. */
const [leastMs, unknownMs] = [10 * 60_000, 2 * 3_600_000];
/** A trial may take this many times what others do: students of one space differ in cost by two orders of magnitude. */
const patience = 20;
const enough = 3;

/** How long a trial may train: as asked, or generously by what finished trials took. */
export class TrialDeadline {
  private readonly took: number[] = [];

  constructor(private readonly askedMs: number | undefined) {}

  ended(ms: number): void {
    this.took.push(ms);
  }

  get limitMs(): number {
    if (this.askedMs !== undefined) return this.askedMs;
    if (this.took.length < enough) return unknownMs;
    const sorted = [...this.took].sort((a, b) => a - b);
    return Math.max(leastMs, patience * sorted[Math.floor(sorted.length / 2)]);
  }
}
