import { accuracyOf } from '../store/accuracies.js';
import { z } from 'zod';
import type { CostName } from '../costs/CostModel.js';
import { objectivesOf } from '../reports/studyFacts.js';
import { frontOf } from '../search/frontOf.js';
import { trainedMs } from '../store/trainedMs.js';
import { trialStates, type StudyRecord, type StudyWriter, type TrialState, type TrialSummary } from '../store/types.js';
import type { StudyState } from './LiveStatus.js';

const plan = z.object({ trials: z.number().optional().catch(undefined), workers: z.number().catch(1) });

/** How far a study is. */
export interface StudyProgress {
  readonly counts: Readonly<Record<TrialState, number>>;
  /** done: all planned trials have ended; died: its writer ended without finishing. */
  readonly state: StudyState;
  /** A living process writes it. */
  readonly running: boolean;
  /** Search trials that were planned. */
  readonly planned: number | null;
  /** How many of them have ended. */
  readonly done: number;
  readonly best: TrialSummary | undefined;
  /** The cost that the front is drawn over: the first budget's. */
  readonly cost: CostName;
  readonly frontSize: number;
  /** From the first trial's start to the last change, or until now while it runs. */
  readonly elapsedMs: number;
  /** Milliseconds until the planned trials are done, by the mean time of a trial; null if unknown or not running. */
  readonly etaMs: number | null;
}

/** Sums up a study from its trials. `now` in milliseconds since 1970. */
export function studyProgress(
  study: StudyRecord,
  trials: readonly TrialSummary[],
  writer: StudyWriter | undefined,
  now: number,
): StudyProgress {
  const counts = Object.fromEntries(trialStates.map((state) => [state, 0])) as Record<TrialState, number>;
  for (const trial of trials) counts[trial.state]++;
  const { trials: planned, workers } = plan.parse(study.settings);
  const running = writer?.alive ?? false;
  const costs = objectivesOf(study);
  const [cost] = costs;
  const starts = trials.flatMap((trial) => trial.startedAt ?? []);
  const ends = trials.flatMap((trial) => trial.finishedAt ?? []);
  const first = starts.reduce((a, b) => Math.min(a, b), Infinity);
  const last = running ? now : ends.reduce((a, b) => Math.max(a, b), -Infinity);
  const elapsedMs = Number.isFinite(first) && Number.isFinite(last) ? Math.max(0, last - first) : 0;

  const durations = trials.flatMap((trial) => trainedMs(trial) ?? []);
  const mean = durations.reduce((sum, ms) => sum + ms, 0) / durations.length;
  const done = trials.filter((trial) => trial.origin !== 'baseline' && trial.finishedAt !== null).length;
  const left = planned === undefined ? NaN : Math.max(0, planned - done);
  const etaMs = running && Number.isFinite(mean * left) ? (mean * left) / Math.max(1, workers) : null;
  const students = trials.filter((trial) => trial.state === 'COMPLETE' && trial.origin !== 'baseline');
  const best = students.reduce<TrialSummary | undefined>(
    (a, b) => (a === undefined || accuracyOf(b) > accuracyOf(a) ? b : a),
    undefined,
  );
  return {
    counts,
    state: stateOf({ running, left: writer !== undefined, planned: planned ?? null, done }),
    running,
    planned: planned ?? null,
    done,
    best,
    cost,
    frontSize: frontOf(trials, costs).length,
    elapsedMs,
    etaMs,
  };
}

function stateOf(study: { running: boolean; left: boolean; planned: number | null; done: number }): StudyState {
  if (study.running) return 'running';
  if (study.planned !== null && study.done >= study.planned) return 'done';
  // A clean end gives the lease back.
  return study.left ? 'died' : 'stopped';
}
