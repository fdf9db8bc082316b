import { dominates, hypervolume2d } from '../../core/pareto.js';
import type { CostName } from '../../costs/CostModel.js';
import type { Measured, Report } from './Report.js';

/** The measured box: from the smallest cost met to the budget, else to the largest cost met. */
export interface Box {
  readonly low: number;
  readonly high: number;
}

export function boxOf(report: Report, metric: CostName): Box {
  const costs = [...report.students, ...report.baselines].map((trial) => trial.costs[metric]);
  const low = costs.reduce((a, b) => Math.min(a, b), Infinity);
  const budget = report.data.budgets.find((item) => item.metric === metric)?.limit;
  // One percent beyond, so that a student at the limit itself still counts.
  return { low, high: 1.01 * (budget ?? costs.reduce((a, b) => Math.max(a, b), 0)) };
}

/**
 * Hypervolume after each trial as a share of the box [low, high] x [0, 1], the cost in logarithms: 1 would be a perfect
 * student at the smallest cost. `after` orders the trials: by number, or by when they ended. Only trials that enlarge the front change it.
 */
export function hypervolumes<T extends Pick<Measured, 'number' | 'accuracy' | 'costs'>>(
  trials: readonly T[],
  metric: CostName,
  { low, high }: Box,
  after: (trial: T) => number = (trial) => trial.number,
): { trial: number; at: number; volume: number }[] {
  const size = Math.log(high / low);
  let front: (readonly number[])[] = [];
  let volume = 0;
  return [...trials]
    .sort((a, b) => after(a) - after(b) || a.number - b.number)
    .map((trial) => {
      const point = [Math.log(trial.costs[metric]), -trial.accuracy];
      if (!front.some((other) => dominates(other, point))) {
        front = [...front.filter((other) => !dominates(point, other)), point];
        volume = hypervolume2d(front, [Math.log(high), 0]) / size;
      }
      return { trial: trial.number, at: after(trial), volume };
    });
}
