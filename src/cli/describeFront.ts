import Table from 'cli-table3';
import { formatCost } from '../costs/registry.js';
import { costNamesOf, isLatency, type Budget, type CostName, type LatencyCost } from '../costs/CostModel.js';
import { accuraciesOf, accuracyOf, spreadOf } from '../store/accuracies.js';
import type { Trial } from '../store/types.js';
import { frontOf } from '../search/frontOf.js';

/**
 * The front as a table, smallest student first, with the best uniformly scaled baseline of no more cost beside each. A
 * latency stands there as predicted and, where it was measured, as it really is: `~` marks what other work on the machine
 * disturbed, `!` what is over its budget.
 */
export function describeFront(
  trials: readonly Trial[],
  costs: readonly CostName[],
  teacherAccuracy: number,
  budgets: readonly Budget[] = [],
): string {
  const front = frontOf(trials, costs);
  const [cost] = costs;
  if (front.length === 0) return 'No trial was completed.';
  const baselines = trials.filter((trial) => trial.origin === 'baseline' && trial.state === 'COMPLETE');
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const latencies = costNamesOf(front[0].costs).filter(isLatency);
  const measured = new Set(latencies.filter((name) => front.some((trial) => trial.measured[name] !== undefined)));
  const columns = latencies.flatMap((name) => [
    measured.has(name) ? `${name} (predicted)` : name,
    ...(measured.has(name) ? [`${name} (measured)`] : []),
  ]);
  const confirmed = front.some((trial) => trial.repeats.length > 0);
  const head = [
    'trial',
    'accuracy',
    ...(confirmed ? ['worst to best run'] : []),
    'of teacher',
    'bytes',
    'params',
    'MACs',
    ...columns,
    'scaled baseline',
  ];
  const table = new Table({ head, colAligns: head.map(() => 'right'), style: { head: [], border: [] } });
  for (const trial of front) {
    const rivals = baselines.filter((b) => b.costs[cost] <= trial.costs[cost]).map(accuracyOf);
    table.push([
      trial.number,
      percent(accuracyOf(trial)),
      ...(confirmed ? [rangeText(trial)] : []),
      percent(accuracyOf(trial) / teacherAccuracy),
      formatCost('bytes', trial.costs.bytes),
      formatCost('params', trial.costs.params),
      formatCost('macs', trial.costs.macs),
      ...latencies.flatMap((name) => [
        formatCost(name, trial.costs[name]),
        ...(measured.has(name) ? [measuredText(trial, name, budgets)] : []),
      ]),
      rivals.length === 0 ? '-' : percent(Math.max(...rivals)),
    ]);
  }
  const over = front.filter((trial) => latencies.some((name) => isOver(trial, name, budgets)));
  return [table.toString(), ...(over.length === 0 ? [] : [overText(over)])].join('\n');
}

function rangeText(trial: Trial): string {
  const spread = spreadOf(trial);
  if (spread === undefined) return 'one run';
  const [least, most] = [spread.least, spread.most].map((share) => (100 * share).toFixed(2));
  return `${least} to ${most} (${accuraciesOf(trial).length})`;
}

function measuredText(trial: Trial, name: LatencyCost, budgets: readonly Budget[]): string {
  const ms = trial.measured[name];
  if (ms === undefined) return '-';
  const disturbed = trial.measured[name.replace('latency', 'latency_disturbed')] === 1;
  return `${isOver(trial, name, budgets) ? '!' : ''}${disturbed ? '~' : ''}${formatCost(name, ms)}`;
}

function isOver(trial: Trial, name: LatencyCost, budgets: readonly Budget[]): boolean {
  return budgets.some((budget) => budget.metric === name && trial.measured[name] > budget.limit);
}

function overText(over: readonly Trial[]): string {
  const numbers = over.map((trial) => trial.number).join(', ');
  return `! trial${over.length === 1 ? '' : 's'} ${numbers}: predicted within the budget of latency, measured over it. Search with a lower one for a margin.`;
}
