import { front2d } from '../core/pareto.js';
import type { CostName } from '../costs/CostModel.js';
import { accuracyOf } from '../store/accuracies.js';
import type { Trial, TrialSummary } from '../store/types.js';

/** Students that no other beats in both accuracy (mean over its runs) and cost, cheapest first. Baselines are not students of the space. */
export function frontOf<T extends TrialSummary = Trial>(trials: readonly T[], cost: CostName): T[] {
  const students = trials.filter((trial) => trial.state === 'COMPLETE' && trial.origin !== 'baseline');
  return front2d(students.map((trial) => [trial.costs[cost], -accuracyOf(trial)] as const)).map((i) => students[i]);
}

/**
 * The knee of a front: the student farthest from the line between its ends, cost on a logarithmic scale.
 * Undefined for an empty front.
 */
export function kneeOf(front: readonly Trial[], cost: CostName): Trial | undefined {
  if (front.length < 3) return front.at(-1);
  const points = front.map((trial) => ({ trial, x: Math.log(trial.costs[cost]), y: accuracyOf(trial) }));
  const first = points[0];
  const last = points[points.length - 1];
  const height = (p: (typeof points)[number]) =>
    (p.y - first.y) / (last.y - first.y) - (p.x - first.x) / (last.x - first.x);
  return points.reduce((best, p) => (height(p) > height(best) ? p : best)).trial;
}
