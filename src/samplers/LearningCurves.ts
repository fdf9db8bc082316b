import type { FinishedTrial } from './Sampler.js';

/**
 * What a pruned trial would have reached: its objectives at its last epoch, moved by what complete trials still
 * gained from that epoch to their end, on average. Without that a model takes every pruned student for a bad one.
 */
export class LearningCurves {
  /** For each epoch (from 0) the summed gain to the end of each objective, and of how many trials. */
  private readonly gains: { sum: number[]; count: number }[] = [];

  note({ state, rungs, objectives }: FinishedTrial): void {
    if (state !== 'COMPLETE' || rungs === undefined) return;
    rungs.forEach((values, epoch) => {
      if (!values.every(Number.isFinite)) return;
      const gain = (this.gains[epoch] ??= { sum: objectives.map(() => 0), count: 0 });
      values.forEach((value, m) => (gain.sum[m] += objectives[m] - value));
      gain.count++;
    });
  }

  /** @param epochs how many the trial trained, from 1 */
  expected(objectives: readonly number[], epochs: number): readonly number[] {
    const gain = this.gains[epochs - 1];
    return gain === undefined ? objectives : objectives.map((value, m) => value + gain.sum[m] / gain.count);
  }
}
