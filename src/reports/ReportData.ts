import type { Budget, CostName, Costs } from '../costs/CostModel.js';
import type { SampleAnswer } from '../store/Answers.js';
import type { Predictions } from '../store/Predictions.js';
import type { TrialOrigin, TrialState } from '../store/types.js';

/** A block of a drawn architecture; equal blocks are stored once and named by their index. */
export interface ReportBlock {
  readonly label: string;
  /** What the block's layers do, such as `conv2d 3x3, batch_norm, relu`, in order. */
  readonly ops: readonly string[];
  /** Without the batch. */
  readonly outputShape: readonly number[];
  readonly params: number;
  readonly macs: number;
}

/** One dimension of the space as met in the trials: its values as text, in order. */
export interface ReportChoice {
  readonly name: string;
  readonly values: readonly string[];
  /** The same values as JSON, by which numbers, words and nothing are told apart. */
  readonly json: readonly string[];
}

export interface ReportTrial {
  readonly number: number;
  readonly state: TrialState;
  readonly origin: TrialOrigin;
  /**
   * Final validation accuracy in [0, 1], the mean over `runs` where there are several; of the last rung where pruned or paused; null
   * where nothing was measured.
   */
  readonly accuracy: number | null;
  readonly costs: Costs;
  /** Fits every budget of the study. */
  readonly fits: boolean;
  /** Index into the values of each `ReportData.choices`; -1 where the choice is inactive. */
  readonly choices: readonly number[];
  /** Indices into `ReportData.blocks`, top-down. */
  readonly blocks: readonly number[];
  /** Accuracy after each reported epoch. */
  readonly curve: readonly (readonly [epoch: number, accuracy: number])[];
  /** The other metrics after each reported epoch, loss terms among them: values in the order of `epochs`, null for none. */
  readonly history: Readonly<Record<string, readonly (number | null)[]>>;
  readonly epochs: readonly number[];
  readonly metrics: Readonly<Record<string, number>>;
  /** Milliseconds of training; null before the end. */
  readonly elapsedMs: number | null;
  /** Milliseconds from the study's creation to the start of training; null if it never started. */
  readonly startedMs: number | null;
  readonly worker: number | null;
  /** When it was on which worker, where it paused: milliseconds from the study's creation, and how long. */
  readonly spells?: readonly (readonly [startedMs: number, ms: number, worker: number])[];
  /** Milliseconds between its start and its end in which it was paused. */
  readonly pausedMs?: number;
  readonly reason?: string;
  /** Width multiplier of a baseline. */
  readonly width?: number;
  /** Final accuracies of every run, the first one first, where the trial was confirmed by further runs. */
  readonly runs?: readonly number[];
  /** What was measured on a device, by the name of the cost that predicts it: `latency`, milliseconds. */
  readonly measured?: Readonly<Record<string, number>>;
}

export interface ReportPromotion {
  readonly trial: number;
  readonly accuracy: Readonly<Record<string, number>>;
  readonly directory: string;
  /** What the promoted student, its control and the teacher answer on validation; absent where none was recorded. */
  readonly predictions?: Predictions;
}

type Cells = Predictions['models']['teacher']['confusion'];

/** What students answer on validation beside the teacher, of those that are looked at (gatherAnswers.ts). */
export interface ReportAnswers {
  readonly classes: readonly string[];
  /** Of the validation split. */
  readonly samples: number;
  readonly teacher: { readonly accuracy: number; readonly confusion: Cells };
  readonly trials: readonly {
    readonly trial: number;
    readonly accuracy: number;
    readonly confusion: Cells;
    readonly examples: readonly SampleAnswer[];
  }[];
  /** Every sample that is an example of any trial. */
  readonly rows: readonly {
    readonly row: number;
    readonly label: number;
    readonly teacher: readonly [predicted: number, probability: number, ofLabel: number];
    readonly image?: string;
    readonly text?: string;
  }[];
}

export interface ReportTeacher {
  readonly name: string;
  readonly family: string;
  readonly accuracy: number;
  readonly costs: Costs;
}

/** The outcome in words, and the numbers behind it. */
export interface Verdict {
  readonly headline: string;
  readonly details: readonly string[];
  /** Number of the best student within the budget. */
  readonly best: number | null;
}

/** How much each choice of the space matters for one target; see importance.ts for the definition. */
export interface Importance {
  readonly target: 'accuracy' | CostName;
  /** Share of the variance that the forest explains on trials that it was not grown from; 1 is all. */
  readonly explained: number;
  /** Trials that it was computed from. */
  readonly trials: number;
  /** By choice, in the order of `ReportData.choices`; they sum to 1, or are all 0. */
  readonly shares: readonly number[];
}

/** All that the page shows, as plain JSON. */
export interface ReportData {
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly generatedAt: number;
  readonly study: { readonly name: string; readonly createdAt: number; readonly elapsedMs: number };
  /** The study's settings as stored, plain JSON: the recipe among them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Label and value of each line of the header's table. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly teacher: ReportTeacher | null;
  readonly budgets: readonly Budget[];
  readonly verdict: Verdict;
  readonly counts: Readonly<Record<TrialState, number>>;
  readonly choices: readonly ReportChoice[];
  readonly blocks: readonly ReportBlock[];
  /** Empty where too few trials are complete. */
  readonly importance: readonly Importance[];
  readonly trials: readonly ReportTrial[];
  readonly promotions: readonly ReportPromotion[];
  /** Absent of studies that kept none. */
  readonly answers?: ReportAnswers;
}
