import { dominates, front2d } from '../core/pareto.js';
import type { CostName } from '../costs/CostModel.js';
import { accuracyOf } from '../store/accuracies.js';
import type { Trial, TrialSummary } from '../store/types.js';

/**
 * Students that no other beats in accuracy (mean over its runs) and all costs, cheapest by the first cost first. Baselines are
 * not students of the space.
 */
export function frontOf<T extends TrialSummary = Trial>(
  trials: readonly T[],
  costs: CostName | readonly CostName[],
): T[] {
  const students = trials.filter((trial) => trial.state === 'COMPLETE' && trial.origin !== 'baseline');
  const [cost, ...further] = [costs].flat();
  if (further.length > 0) return frontOfMany(students, [cost, ...further]);
  return front2d(students.map((trial) => [trial.costs[cost], -accuracyOf(trial)] as const)).map((i) => students[i]);
}

/** Of equal students the first alone, as of two objectives. */
function frontOfMany<T extends TrialSummary>(students: readonly T[], costs: readonly CostName[]): T[] {
  const placed = students
    .map((trial) => ({ trial, point: [...costs.map((name) => trial.costs[name]), -accuracyOf(trial)] }))
    .filter(({ point }) => point.every((value) => !Number.isNaN(value)))
    .sort((a, b) => compare(a.point, b.point));
  const kept: (typeof placed)[number][] = [];
  // In this order nobody is beaten by one that comes later.
  for (const next of placed) {
    if (!kept.some(({ point }) => dominates(point, next.point) || compare(point, next.point) === 0)) kept.push(next);
  }
  return kept.map(({ trial }) => trial);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, m) => value !== b[m]);
  return at < 0 ? 0 : a[at] - b[at];
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
