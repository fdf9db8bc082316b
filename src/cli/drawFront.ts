import { formatCost } from '../costs/registry.js';
import { isLatency, type CostName } from '../costs/CostModel.js';
import { frontOf } from '../search/frontOf.js';
import { accuracyOf } from '../store/accuracies.js';
import type { TrialSummary } from '../store/types.js';

const [height, narrowest, widest] = [9, 40, 76];
const label = 8;

/**
 * The students as a small plot: accuracy upwards, cost to the right in logarithms; `●` the front, `·` other students,
 * `○` the uniformly scaled baseline. No lines where there is nothing to see (fewer than three) or no room.
 * @param trials complete ones
 */
export function drawFront<T extends TrialSummary>(trials: readonly T[], cost: CostName, columns: number): string[] {
  const measured = trials.filter((trial) => trial.state === 'COMPLETE' && Number.isFinite(trial.metrics.accuracy));
  const width = Math.min(widest, columns) - label - 2;
  if (measured.length < 3 || columns < narrowest) return [];
  const xs = measured.map((trial) => Math.log(Math.max(isLatency(cost) ? 1e-6 : 1, trial.costs[cost])));
  const ys = measured.map(accuracyOf);
  const [x0, x1, y0, y1] = [least(xs), most(xs), least(ys), most(ys)];
  const cells = Array.from({ length: height }, () => Array.from({ length: width }, () => ' '));
  const onFront = new Set(frontOf(measured, cost).map((trial) => trial.number));
  const rank = (trial: T) => (onFront.has(trial.number) ? 2 : trial.origin === 'baseline' ? 1 : 0);
  const order = measured.map((trial, i) => ({ i, rank: rank(trial) })).sort((a, b) => a.rank - b.rank);
  for (const { i, rank: kind } of order) {
    const column = Math.round(((xs[i] - x0) / (x1 - x0 || 1)) * (width - 1));
    const row = Math.round(((y1 - ys[i]) / (y1 - y0 || 1)) * (height - 1));
    cells[row][column] = ['·', '○', '●'][kind];
  }
  const lines = cells.map((row, i) => {
    const accuracy = i === 0 ? y1 : i === height - 1 ? y0 : undefined;
    const text = accuracy === undefined ? '' : `${(100 * accuracy).toFixed(1)} %`;
    return `${text.padStart(label)} │${row.join('')}`.trimEnd();
  });
  const [from, to] = [x0, x1].map((x) => formatCost(cost, isLatency(cost) ? Math.exp(x) : Math.round(Math.exp(x))));
  const indent = ' '.repeat(label + 1);
  return [
    ...lines,
    `${indent}└${'─'.repeat(width)}`,
    `${indent} ${from}${to.padStart(Math.max(1, width - from.length))}`,
    `${indent} ● front  · student  ○ scaled baseline`,
  ];
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}
