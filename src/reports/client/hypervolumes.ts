import { dominates, hypervolume } from '../../core/pareto.js';
import type { CostName } from '../../costs/CostModel.js';
import { limitsOn, valueOf, type Axes, type Quantity } from './quantities.js';
import type { Measured, Report } from './Report.js';

/** The measured range of a cost: from the smallest one met to the budget, else to the largest one met. */
export interface Box {
  readonly low: number;
  readonly high: number;
}
export interface Step {
  /** Its number, or its key on the page. */
  readonly trial: number;
  readonly at: number;
  readonly volume: number;
}

/** Of all studies of the page together, so that their volumes can be compared. */
export function boxOf(report: Report, quantity: Quantity): Box {
  const values = [...report.students, ...report.baselines].flatMap((trial) => valueOf(trial, quantity) ?? []);
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const limit = limitsOn(
    quantity,
    report.data.studies.map((study) => study.budgets),
  ).at(-1);
  // One percent beyond, so that a student at the limit itself still counts.
  return { low, high: 1.01 * (limit ?? values.reduce((a, b) => Math.max(a, b), 0)) };
}

/**
 * Hypervolume after each trial as a share of the box [low, high] x [0, 1], costs in logarithms: 1 would be a perfect student at
 * the smallest cost; of several costs each with a box of its own. `after` orders the trials: by number, or by when they ended. Only trials that enlarge the
 * front change it.
 */
export function hypervolumes<T extends Pick<Measured, 'number' | 'accuracy' | 'costs'>>(
  trials: readonly T[],
  metrics: CostName | readonly CostName[],
  boxes: Box | readonly Box[],
  after: (trial: T) => number = (trial) => trial.number,
): Step[] {
  const [names, ranges] = [[metrics].flat(), [boxes].flat()];
  const lossOf = (trial: T) => (name: CostName, m: number) => {
    const { low, high } = ranges[m];
    return Math.log(trial.costs[name] / low) / Math.log(high / low);
  };
  return volumes(trials, (trial) => [...names.map(lossOf(trial)), 1 - trial.accuracy], after).map(
    ({ trial, at, volume }) => ({ trial: trial.number, at, volume }),
  );
}

/** The same over any two quantities, each as a loss in [0, 1] of its range: a cost in logarithms, an accuracy as 1 - it. */
export function axesVolumes(
  report: Report,
  trials: readonly Measured[],
  axes: Axes,
  after?: (trial: Measured) => number,
): Step[] {
  const losses = [axes.x, axes.y].map((quantity) => {
    if (quantity === 'accuracy') return (trial: Measured) => 1 - trial.accuracy;
    const { low, high } = boxOf(report, quantity);
    return (trial: Measured) => Math.log(trial.costs[quantity] / low) / Math.log(high / low);
  });
  const placed = trials.filter((trial) => [axes.x, axes.y].every((quantity) => valueOf(trial, quantity) !== null));
  return volumes(placed, (trial) => [losses[0](trial), losses[1](trial)], after).map(({ trial, at, volume }) => ({
    trial: trial.key,
    at,
    volume,
  }));
}

function volumes<T extends Pick<Measured, 'number'>>(
  trials: readonly T[],
  place: (trial: T) => readonly number[],
  after: (trial: T) => number = (trial) => trial.number,
): { trial: T; at: number; volume: number }[] {
  let front: (readonly number[])[] = [];
  let volume = 0;
  return [...trials]
    .sort((a, b) => after(a) - after(b) || a.number - b.number)
    .map((trial) => {
      const point = place(trial);
      if (!front.some((other) => dominates(other, point))) {
        front = [...front.filter((other) => !dominates(point, other)), point];
        volume = hypervolume(
          front,
          point.map(() => 1),
        );
      }
      return { trial, at: after(trial), volume };
    });
}
