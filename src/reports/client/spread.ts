import type { PageTrial } from './PageData.js';

/** Sample standard deviation of a confirmed trial's final accuracies; null for a trial of one run. */
export function spreadOf({ runs }: Pick<PageTrial, 'runs'>): number | null {
  if (runs === undefined || runs.length < 2) return null;
  const mean = runs.reduce((sum, value) => sum + value, 0) / runs.length;
  return Math.sqrt(runs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (runs.length - 1));
}
