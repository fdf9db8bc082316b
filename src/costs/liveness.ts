/** One layer as memory sees it. Buffer 0 is the model's input, buffer i + 1 is what step i writes. */
export interface MemoryStep {
  /** Buffers that are read. */
  readonly reads: readonly number[];
  /** Values of the output. */
  readonly size: number;
  /** The output is the first input's memory, whoever else reads that. */
  readonly view: boolean;
  /** The output may be written over an input of the same size that nothing else reads any more. */
  readonly inPlace: boolean;
  /** Values of temporaries, alive while the step runs. */
  readonly workspace: number;
}

/** Regions up to this many steps are searched over all their orders; bits of a number say which ran. */
const mostSteps = 30;
const mostStates = 20_000;

/**
 * Most activation values alive at once when the steps run in the best order: a buffer lives from the step that writes it to
 * the last that reads it; a step's inputs, its output and its temporaries are alive together; elementwise steps work in place
 * where they can; the model's input is never overwritten, as it belongs to the caller.
 *
 * Wherever a single buffer is alive, all that came before it must run before all that follows, so the peak is the largest
 * of the regions between. Within a region the least peak over all topological orders is exact, by dynamic programming
 * over the sets of steps that have run. A region of more than 30 steps, or of more than 20,000 such sets, keeps the order in
 * which it was given.
 * @param steps in an order in which they can run
 * @param output the buffer that must remain
 */
export function leastPeak(inputSize: number, steps: readonly MemoryStep[], output: number): number {
  const { buffers, sizes } = resolveViews(inputSize, steps);
  const held = buffers[output];
  const last = new Int32Array(sizes.length).fill(-1);
  steps.forEach((step, i) => {
    for (const read of step.reads) last[buffers[read]] = i;
  });
  last[held] = steps.length;
  let peak = inputSize;
  let from = 0;
  let before = inputSize;
  // Buffers alive after each step in the given order, and their values together.
  let alive = 1;
  let values = inputSize;
  const { dying, dyingValues } = deaths(last, sizes);
  for (let i = 0; i < steps.length; i++) {
    const written = buffers[i + 1];
    if (written === i + 1 && last[written] > i) {
      alive++;
      values += sizes[written];
    }
    alive -= dying[i];
    values -= dyingValues[i];
    if (alive > 1 && i < steps.length - 1) continue;
    if (i === from) {
      // Most regions are a single step: no orders to search.
      const reads = distinct(buffers, steps[i].reads);
      const { during } = account(steps[i], reads, buffers[i + 1], held, sizes, before, (buffer) => last[buffer] <= i);
      peak = Math.max(peak, before, during);
    } else {
      const region = new Region(steps, buffers, sizes, from, i + 1, held, last);
      peak = Math.max(peak, region.leastPeak(before));
    }
    from = i + 1;
    before = values;
  }
  return peak;
}

/** For each step how many buffers it is the last to read, and their values together. */
function deaths(last: Int32Array, sizes: Float64Array): { dying: Int32Array; dyingValues: Float64Array } {
  const dying = new Int32Array(last.length);
  const dyingValues = new Float64Array(last.length);
  last.forEach((step, buffer) => {
    if (step < 0) return;
    dying[step]++;
    dyingValues[step] += sizes[buffer];
  });
  return { dying, dyingValues };
}

/** For each buffer the one whose memory it is, and the size of each of those. */
function resolveViews(inputSize: number, steps: readonly MemoryStep[]): { buffers: Int32Array; sizes: Float64Array } {
  const buffers = new Int32Array(steps.length + 1);
  const sizes = new Float64Array(steps.length + 1);
  sizes[0] = inputSize;
  steps.forEach((step, i) => {
    buffers[i + 1] = step.view ? buffers[step.reads[0]] : i + 1;
    if (!step.view) sizes[i + 1] = step.size;
  });
  return { buffers, sizes };
}

/** What a step reads, each buffer once. */
function distinct(buffers: Int32Array, reads: readonly number[]): readonly number[] {
  if (reads.length === 1) return [buffers[reads[0]]];
  return [...new Set(reads.map((read) => buffers[read]))];
}

/** Values alive while a step runs and after it; `ends` says whether nobody reads a buffer after the step. */
function account(
  { view, inPlace, size, workspace }: MemoryStep,
  reads: readonly number[],
  written: number,
  held: number,
  sizes: Float64Array,
  live: number,
  ends: (buffer: number) => boolean,
): { during: number; after: number } {
  let freed = 0;
  let over = false;
  for (const buffer of reads) {
    if (buffer === held || buffer === written || !ends(buffer)) continue;
    freed += sizes[buffer];
    over ||= inPlace && buffer !== 0 && sizes[buffer] === size;
  }
  const added = view ? 0 : size;
  const unread = !view && written !== held && ends(written) ? size : 0;
  return { during: live + (over ? 0 : added) + workspace, after: live + added - freed - unread };
}

/** Steps between two places where a single buffer is alive. */
class Region {
  private readonly count: number;
  /** By step of the region: what it reads, each buffer once. */
  private readonly reads: readonly (readonly number[])[];
  /** By step: bits of the steps of the region that must run before. */
  private readonly needs: Int32Array;
  /** By buffer: bits of the steps that read it. */
  private readonly readers = new Map<number, number>();
  private readonly known = new Map<number, number>();

  constructor(
    private readonly steps: readonly MemoryStep[],
    private readonly buffers: Int32Array,
    private readonly sizes: Float64Array,
    private readonly from: number,
    to: number,
    private readonly held: number,
    private readonly last: Int32Array,
  ) {
    this.count = to - from;
    this.needs = new Int32Array(this.count);
    this.reads = steps.slice(from, to).map(({ reads }) => distinct(buffers, reads));
    if (this.count > mostSteps) return;
    for (let i = 0; i < this.count; i++) {
      // A view is written by its own step, though its memory is older.
      for (const read of steps[from + i].reads) if (read > from) this.needs[i] |= 1 << (read - 1 - from);
      for (const buffer of this.reads[i]) this.readers.set(buffer, (this.readers.get(buffer) ?? 0) | (1 << i));
    }
  }

  leastPeak(live: number): number {
    if (this.count > mostSteps) return this.peakAsGiven(live);
    const peak = this.search(0, live);
    return this.known.size > mostStates ? this.peakAsGiven(live) : peak;
  }

  /** Least peak from here to the region's end; `ran` are the bits of the steps that have run. */
  private search(ran: number, live: number): number {
    let done = ran;
    let now = live;
    let peak = 0;
    const all = this.count === 32 ? -1 : (1 << this.count) - 1;
    while (done !== all) {
      const ready: number[] = [];
      for (let i = 0; i < this.count; i++) {
        if ((done & (1 << i)) === 0 && (this.needs[i] & ~done) === 0) ready.push(i);
      }
      if (ready.length === 1) {
        const { during, after } = this.run(ready[0], done, now);
        peak = Math.max(peak, during);
        now = after;
        done |= 1 << ready[0];
        continue;
      }
      let rest = this.known.get(done);
      if (rest === undefined) {
        rest = Infinity;
        for (const step of ready) {
          if (this.known.size > mostStates) break;
          const { during, after } = this.run(step, done, now);
          if (during < rest) rest = Math.min(rest, Math.max(during, this.search(done | (1 << step), after)));
        }
        this.known.set(done, rest);
      }
      return Math.max(peak, rest);
    }
    return peak;
  }

  private run(step: number, ran: number, live: number): { during: number; after: number } {
    const open = ~(ran | (1 << step));
    return this.account(step, live, (buffer) => ((this.readers.get(buffer) ?? 0) & open) === 0);
  }

  private peakAsGiven(before: number): number {
    let live = before;
    let peak = live;
    for (let i = 0; i < this.count; i++) {
      const { during, after } = this.account(i, live, (buffer) => this.last[buffer] <= this.from + i);
      peak = Math.max(peak, during);
      live = after;
    }
    return peak;
  }

  private account(step: number, live: number, ends: (buffer: number) => boolean): { during: number; after: number } {
    const at = this.from + step;
    return account(this.steps[at], this.reads[step], this.buffers[at + 1], this.held, this.sizes, live, ends);
  }
}
