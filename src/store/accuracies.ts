import type { TrialSummary } from './types.js';

type Runs = Pick<TrialSummary, 'metrics' | 'repeats'>;

/** Final validation accuracy of every run of a trial that did not fail, its first one first. */
export function accuraciesOf({ metrics, repeats }: Runs): number[] {
  return [metrics, ...repeats].map((run) => run.accuracy).filter((accuracy) => Number.isFinite(accuracy));
}

/** Mean accuracy over all runs: what trials are compared by. NaN if none has one. */
export function accuracyOf(trial: Runs): number {
  const runs = accuraciesOf(trial);
  return runs.reduce((sum, accuracy) => sum + accuracy, 0) / runs.length;
}

/** Worst and best run, and the standard deviation (of a sample); undefined of a trial that ran once. */
export function spreadOf(trial: Runs): { least: number; most: number; deviation: number } | undefined {
  const runs = accuraciesOf(trial);
  if (runs.length < 2) return undefined;
  const mean = accuracyOf(trial);
  const variance = runs.reduce((sum, accuracy) => sum + (accuracy - mean) ** 2, 0) / (runs.length - 1);
  return { least: Math.min(...runs), most: Math.max(...runs), deviation: Math.sqrt(variance) };
}
