import { front2d } from '../../core/pareto.js';
import type { CostName } from '../../costs/CostModel.js';
import { accuracyOf } from '../../store/accuracies.js';
import type { TrialSummary } from '../../store/types.js';

/** A trial's cost; NaN where its study did not count it (a latency on a device that it did not aim at). */
export function costOf(trial: TrialSummary, cost: CostName): number {
  return trial.costs[cost] ?? NaN;
}

/** Students that no other beats in both accuracy and cost, cheapest first. Baselines are not students of the space. */
export function frontOf(trials: readonly TrialSummary[], cost: CostName): TrialSummary[] {
  const students = trials.filter(({ origin }) => origin !== 'baseline');
  return front2d(students.map((trial) => [costOf(trial, cost), -accuracyOf(trial)] as const)).map((i) => students[i]);
}
