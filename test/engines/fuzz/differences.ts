import type { HostTensors } from '../../../src/engines/Engine.js';
import type { FuzzRun } from './runCase.js';

/**
 * What float32 in another order of summation explains, with room: several hundred cases stayed within a fifth of it. Batch
 * norms over the few values of a small grid and batch divide by small deviations, so that rounding grows layer by layer.
 */
export const tolerances = {
  /** Of a loss, relative to it. */
  loss: 1e-4,
  /** Of a gradient, relative to the largest value of its parameter's. */
  gradient: 1e-3,
  /** The same as a share of the largest gradient of all, for one that is zero but for rounding (a bias before a norm). */
  gradientFloor: 1e-5,
  statistic: 2e-5,
  /** Of logits by equal values. */
  logits: 2e-4,
} as const;

/** How far one run is from another: each number over its tolerance, so that above 1 is too far; by what it is of. */
export function differencesOf(actual: FuzzRun, expected: FuzzRun): Record<string, number> {
  const out: Record<string, number> = {};
  expected.outputs.forEach((step, i) => {
    for (const [name, value] of Object.entries(step)) {
      const distance = Math.abs(actual.outputs[i][name] - value);
      out[`${name} of step ${i + 1}`] = distance / (tolerances.loss * (0.1 + Math.abs(value)));
    }
  });
  const largest = Math.max(...Object.values(expected.gradients).map(({ data }) => largestOf(data)));
  compare(out, 'gradient', actual.gradients, expected.gradients, (size) => {
    return tolerances.gradient * size + tolerances.gradientFloor * largest;
  });
  compare(out, 'statistic', actual.statistics, expected.statistics, (size) => tolerances.statistic * (0.1 + size));
  return out;
}

/** Logits of a model with equal values. */
export function logitsDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return distance(actual, expected) / (tolerances.logits * (0.1 + largestOf(expected)));
}

/** The largest, with its name; NaN counts as the largest of all. */
export function worstOf(differences: Readonly<Record<string, number>>): { name: string; value: number } {
  return Object.entries(differences)
    .map(([name, value]) => ({ name, value: Number.isNaN(value) ? Infinity : value }))
    .reduce((worst, one) => (one.value > worst.value ? one : worst), { name: 'nothing', value: 0 });
}

function compare(
  out: Record<string, number>,
  what: string,
  actual: HostTensors,
  expected: HostTensors,
  allowed: (size: number) => number,
): void {
  for (const [name, { data }] of Object.entries(expected)) {
    out[`${what} ${name}`] = distance(actual[name].data, data) / allowed(largestOf(data));
  }
}

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < b.length; i++) {
    const d = Math.abs(a[i] - b[i]);
    if (!(d <= worst)) worst = Number.isNaN(d) ? Infinity : d;
  }
  return worst;
}

function largestOf(data: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]));
  return largest;
}
