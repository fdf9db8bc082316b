import type { Trial } from '../store/types.js';

/** A moment at which a trial left its worker, and the trial as it was known then. */
export interface TrialStop {
  readonly trial: Trial;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Of a deterministic search. */
  readonly wave: number | undefined;
}

/** Every time that a trial paused, and its end, in order. A run that was cut short by a kill is none. */
export function stopsOf(trial: Trial): TrialStop[] {
  const { launches, finishedAt, state } = trial;
  const stops: TrialStop[] = [];
  launches.forEach(({ endedAt, wave }, i) => {
    if (i + 1 < launches.length)
      stops.push({ trial: pausedAfter(trial, launches[i + 1].from), at: endedAt ?? 0, wave });
  });
  const last = launches.at(-1);
  if (finishedAt !== null || state === 'PAUSED') {
    stops.push({ trial, at: last?.endedAt ?? finishedAt ?? 0, wave: last?.wave });
  }
  return stops;
}

/** The trial as it was when it had paused after an epoch. */
export function pausedAfter(trial: Trial, epoch: number): Trial {
  const rungs = trial.rungs.filter((rung) => rung.epoch <= epoch);
  return { ...trial, state: 'PAUSED', reason: null, finishedAt: null, rungs, metrics: rungs.at(-1)?.metrics ?? {} };
}
