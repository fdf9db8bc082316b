import type { CostName } from '../costs/CostModel.js';
import type { TrialState } from '../store/types.js';

/** running: a living process writes it; done: every planned trial ended; died: its process ended without a word. */
export type StudyState = 'running' | 'done' | 'stopped' | 'died';

/** A student in a line: what is known once it ended. */
export interface LivePoint {
  readonly trial: number;
  /** Validation accuracy in [0, 1]. */
  readonly accuracy: number;
  /** Of `LiveStatus.cost`, or of the budget that it stands beside. */
  readonly cost: number;
}

/** What one worker does now. */
export interface LiveWorker {
  readonly worker: number;
  /** Null while it waits for a trial. */
  readonly trial: number | null;
  /** Epochs that its trial has finished. */
  readonly epoch: number;
  /** Accuracy after the last of them. */
  readonly accuracy: number | null;
  /** Milliseconds since its trial started. */
  readonly forMs: number | null;
}

/** A trial that has ended. */
export interface LiveTrial {
  readonly trial: number;
  readonly state: TrialState;
  readonly accuracy: number | null;
  readonly cost: number;
  readonly reason: string | null;
}

export interface LiveBudget {
  /** As it was given: `8MB`. */
  readonly text: string;
  readonly metric: CostName;
  readonly limit: number;
  /** The most accurate student that uses at most all, half and a quarter of it; null where there is none yet. */
  readonly best: readonly { readonly share: number; readonly student: LivePoint | null }[];
}

/** How a study is at one moment: all that the live views show beside the report. Plain JSON. */
export interface LiveStatus {
  readonly study: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly state: StudyState;
  readonly pid: number | null;
  readonly counts: Readonly<Record<TrialState, number>>;
  /** Search trials planned, and how many of them ended. */
  readonly planned: number | null;
  readonly done: number;
  readonly epochs: number | null;
  readonly elapsedMs: number;
  readonly etaMs: number | null;
  /** Trials ended an hour, over the last 20 of them; null before two have ended. */
  readonly perHour: number | null;
  readonly cost: CostName;
  readonly teacherAccuracy: number | null;
  readonly best: LivePoint | null;
  readonly budgets: readonly LiveBudget[];
  readonly workers: readonly LiveWorker[];
  /** Newest first, 8 at most. */
  readonly recent: readonly LiveTrial[];
  /** Newest first, 5 at most; `counts` says how many there are. */
  readonly failures: readonly LiveTrial[];
  /** Share of the possible area under the front after each trial (as in the report), 60 values at most. */
  readonly hypervolume: readonly number[];
  /** Cheapest first. */
  readonly front: readonly LivePoint[];
}

/** What happened between two looks at a study. */
export type LiveEvent =
  | { readonly event: 'trial'; readonly data: LiveTrial }
  | { readonly event: 'rung'; readonly data: LiveWorker }
  | { readonly event: 'status'; readonly data: LiveStatus }
  /** Of studies that are shown beside each other. */
  | { readonly event: 'several'; readonly data: readonly LiveStatus[] };
