import type { FinishedTrial } from './Sampler.js';

/** What a trial is expected to reach, and the variance of that, by objective. */
export interface Expected {
  readonly objectives: readonly number[];
  readonly variances: readonly number[];
}

/** Before trials tell: half of a difference after an epoch is left at the end. Counts as much as so many complete trials. */
const prior = { slope: 0.5, weight: 2 };

/**
 * What a pruned trial would have reached: for each epoch and objective the line from its value then to its value at the end, by
 * regression over the complete trials, and the variance of a prediction by it. Trials go on by their values at an epoch, which leaves
 * such a line where it is. Early differences mostly vanish until the end: taken for final ones they made a model worse than one that had
 * seen the complete trials alone (docs/ablation.md).
 */
export class LearningCurves {
  /** By epoch (from 0) and objective. */
  private readonly lines: Line[][] = [];

  note({ state, rungs, objectives }: FinishedTrial): void {
    rungs?.forEach((values, epoch) => {
      if (!values.every(Number.isFinite)) return;
      const lines = (this.lines[epoch] ??= values.map(() => new Line()));
      values.forEach((value, m) => {
        lines[m].see(value);
        if (state === 'COMPLETE') lines[m].add(value, objectives[m]);
      });
    });
  }

  /** @param epochs how many the trial trained, from 1 @returns undefined while no complete trial tells */
  expected(objectives: readonly number[], epochs: number): Expected | undefined {
    const lines = this.lines[epochs - 1];
    if (lines === undefined || lines[0].count === 0) return undefined;
    const predictions = objectives.map((value, m) => lines[m].predict(value));
    return { objectives: predictions.map(([mean]) => mean), variances: predictions.map(([, variance]) => variance) };
  }
}

/** Mean of numbers and the sum of their squared distances from it, in one pass (Welford 1962). */
class Moments {
  count = 0;
  mean = 0;
  squares = 0;

  add(value: number): void {
    this.count++;
    const before = value - this.mean;
    this.mean += before / this.count;
    this.squares += before * (value - this.mean);
  }
}

/** Linear regression of y on x with a prior on the slope, which stays between 0 (an epoch tells nothing) and 1 (it tells all). */
class Line {
  private readonly x = new Moments();
  private readonly y = new Moments();
  private xy = 0;
  /** Every x that was seen, with a y or without. */
  private readonly seen = new Moments();
  /** Whether every y was its x: an objective that training does not change, such as a cost. */
  private same = true;

  get count(): number {
    return this.x.count;
  }

  see(x: number): void {
    this.seen.add(x);
  }

  add(x: number, y: number): void {
    if (x !== y) this.same = false;
    this.xy += (x - this.x.mean) * (y - this.y.mean) * (this.count / (this.count + 1));
    this.x.add(x);
    this.y.add(y);
  }

  /** The mean and the variance of y at x. */
  predict(x: number): [number, number] {
    if (this.same) return [x, 0];
    const { count, x: xs, y: ys, xy, seen } = this;
    const spread = seen.squares / Math.max(1, seen.count - 1);
    const xx = xs.squares + prior.weight * spread;
    const slope = xx > 0 ? Math.min(1, Math.max(0, (xy + prior.weight * spread * prior.slope) / xx)) : 0;
    const residuals = Math.max(0, ys.squares - 2 * slope * xy + slope * slope * xs.squares);
    const left = (residuals + prior.weight * prior.slope ** 2 * spread) / (count + prior.weight - 2);
    const away = x - xs.mean;
    return [ys.mean + slope * away, left * (1 + 1 / count + (xx > 0 ? (away * away) / xx : 0))];
  }
}
