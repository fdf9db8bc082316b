import type { CostName } from '../../costs/CostModel.js';
import { formatCost } from './format.js';

/** Ticks of a cost axis at 1, 2 and 5 times powers of ten, thinned to what fits; labelled as costs are everywhere else. */
export function costTicks(
  metric: CostName,
  [low, high]: readonly [number, number],
  log: boolean,
  most: number,
): { tickvals: number[]; ticktext: string[] } {
  const tickvals = log ? decades(low, high, most) : steps(low, high, most);
  return { tickvals, ticktext: tickvals.map((value) => short(formatCost(metric, value))) };
}

function decades(low: number, high: number, most: number): number[] {
  for (const factors of [[1, 2, 5], [1, 3], [1]]) {
    const values: number[] = [];
    for (let power = Math.floor(low); power <= Math.ceil(high); power++) {
      for (const factor of factors) {
        const value = factor * 10 ** power;
        if (Math.log10(value) >= low && Math.log10(value) <= high) values.push(value);
      }
    }
    if (values.length <= most && values.length > 1) return values;
  }
  return steps(10 ** low, 10 ** high, most);
}

function steps(low: number, high: number, most: number): number[] {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const values: number[] = [];
  for (let value = Math.max(0, Math.ceil(low / step) * step); value <= high; value += step)
    // Steps of milliseconds may be parts of one; the loop's own error is not worth a digit.
    values.push(Number(value.toPrecision(9)));
  return values;
}

/** `50.0 KB` says no more than `50 KB`. */
function short(text: string): string {
  return text.replace(/(\.\d*?)0+(?= |$)/, '$1').replace(/\.(?= |$)/, '');
}
