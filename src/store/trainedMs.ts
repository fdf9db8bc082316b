import type { TrialSummary } from './types.js';

/** Milliseconds that a trial was trained, pauses left out; null before its end. */
export function trainedMs(trial: Pick<TrialSummary, 'trainedMs' | 'startedAt' | 'finishedAt'>): number | null {
  if (trial.startedAt === null || trial.finishedAt === null) return null;
  return trial.trainedMs ?? trial.finishedAt - trial.startedAt;
}
