import Table from 'cli-table3';
import { formatCost } from '../costs/registry.js';
import type { CostName } from '../costs/CostModel.js';
import type { Trial } from '../store/types.js';
import { frontOf } from '../search/frontOf.js';

/** The front as a table, smallest student first, with the best uniformly scaled baseline of no more cost beside each. */
export function describeFront(trials: readonly Trial[], cost: CostName, teacherAccuracy: number): string {
  const front = frontOf(trials, cost);
  if (front.length === 0) return 'No trial was completed.';
  const baselines = trials.filter((trial) => trial.origin === 'baseline' && trial.state === 'COMPLETE');
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const table = new Table({
    head: ['trial', 'accuracy', 'of teacher', 'bytes', 'params', 'MACs', 'scaled baseline'],
    colAligns: ['right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const trial of front) {
    const rivals = baselines.filter((b) => b.costs[cost] <= trial.costs[cost]).map((b) => b.metrics.accuracy);
    table.push([
      trial.number,
      percent(trial.metrics.accuracy),
      percent(trial.metrics.accuracy / teacherAccuracy),
      formatCost('bytes', trial.costs.bytes),
      formatCost('params', trial.costs.params),
      formatCost('macs', trial.costs.macs),
      rivals.length === 0 ? '-' : percent(Math.max(...rivals)),
    ]);
  }
  return table.toString();
}
