import { accuracyOf } from '../store/accuracies.js';
import { budgetsOf } from '../reports/studyFacts.js';
import type { TrialStore } from '../store/types.js';
import { studyProgress } from './studyProgress.js';

/** A study in a line. */
export interface ListedStudy {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly running: boolean;
  readonly budgets: readonly string[];
  readonly trials: number;
  readonly complete: number;
  readonly failed: number;
  readonly bestAccuracy: number | null;
  readonly etaMs: number | null;
}

/** Every study, newest first. */
export function listStudies(store: TrialStore, now: number = Date.now()): ListedStudy[] {
  return store
    .studies()
    .map((study) => {
      const trials = store.trialSummaries(study.name);
      const { running, counts, best, etaMs } = studyProgress(study, trials, store.writer(study.name), now);
      return {
        name: study.name,
        createdAt: study.createdAt,
        running,
        budgets: budgetsOf(study).map((budget) => budget.text),
        trials: trials.length,
        complete: counts.COMPLETE,
        failed: counts.FAILED,
        bestAccuracy: best === undefined ? null : accuracyOf(best),
        etaMs,
      };
    })
    .reverse();
}
