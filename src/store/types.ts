import type { Architecture } from '../spaces/SearchSpace.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { Costs } from '../costs/CostModel.js';
import type { Sample, TeacherAnswers, TrialAnswers } from './Answers.js';

/** PAUSED: trained for some epochs, and waits until it is worth more. */
export const trialStates = ['WAITING', 'RUNNING', 'PAUSED', 'COMPLETE', 'PRUNED', 'FAILED', 'INFEASIBLE'] as const;
export type TrialState = (typeof trialStates)[number];

/** search: proposed by the sampler; baseline: the uniformly scaled family; enqueued: asked for by hand. */
export const trialOrigins = ['search', 'baseline', 'enqueued'] as const;
export type TrialOrigin = (typeof trialOrigins)[number];

/** Metrics of a student after one epoch of brief distillation, by name: `accuracy`, `loss`, `train_loss`, `loss_kd`, ... */
export type Metrics = Readonly<Record<string, number>>;

export interface Rung {
  /** Epochs finished, from 1. */
  readonly epoch: number;
  readonly metrics: Metrics;
  /** Milliseconds that the trial had trained by then, pauses left out. */
  readonly elapsedMs: number;
}

/** One time that a trial was on a worker. */
export interface Launch {
  /** Epochs that it had trained before. */
  readonly from: number;
  readonly worker: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Null while it runs, and where its process died. */
  readonly endedAt: number | null;
  /** Of a deterministic search: the wave that it belonged to. */
  readonly wave?: number;
}

export interface TrialOutcome {
  readonly state: 'COMPLETE' | 'PRUNED' | 'FAILED';
  /** Final validation metrics; empty when FAILED. */
  readonly metrics: Metrics;
  /** Why a trial FAILED or was PRUNED. */
  readonly reason?: string;
  /** What a COMPLETE student answers on validation. */
  readonly answers?: TrialAnswers;
}

export interface NewTrial {
  readonly origin: TrialOrigin;
  /** Digest of the active choices; unique among the study's search trials. */
  readonly architectureId: string;
  readonly architecture: Architecture;
  readonly spec: ModelSpec;
  readonly costs: Costs;
  /** Width multiplier of a baseline trial. */
  readonly baselineWidth?: number;
}

export interface Trial extends NewTrial {
  /** Number within the study, from 1. */
  readonly number: number;
  readonly state: TrialState;
  readonly metrics: Metrics;
  /**
   * Measured after the training: `latency` and `latency_p95` in ms (with `:DEVICE` behind the name where the study aims at
   * several devices), and `latency_disturbed`, 1 if other work on the machine disturbed that. Empty where nothing was measured.
   */
  readonly measured: Readonly<Record<string, number>>;
  /** Final metrics of further runs with other seeds, in order; a run that failed has none. Empty unless confirmed. */
  readonly repeats: readonly Metrics[];
  readonly reason: string | null;
  /** Milliseconds that it was on workers, up to its last pause or its end; absent in older versions: see `trainedMs`. */
  readonly trainedMs?: number;
  /** Epochs that its checkpoint holds; absent: it has none. */
  readonly checkpoint?: number;
  /** Times that the process that trained it died, perhaps through its fault; absent: none. */
  readonly deaths?: number;
  readonly worker: number | null;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly rungs: readonly Rung[];
  /** In order; empty for trials of versions that did not note them. */
  readonly launches: readonly Launch[];
}

/** A trial without its architecture, model and rungs: quick to read by the ten thousand. */
export type TrialSummary = Omit<Trial, 'architecture' | 'spec' | 'rungs' | 'launches'>;

/** The process that writes a study, or wrote it last without ending cleanly. */
export interface StudyWriter {
  readonly pid: number;
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly heartbeat: number;
  readonly alive: boolean;
}

/** A study as stored: its settings are the resolved study configuration as plain JSON. */
export interface StudyRecord {
  readonly name: string;
  readonly createdAt: number;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Facts found at the start: space profile, teacher summary, engine and why, data set digest. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What `facts.teacher` holds. */
export interface TeacherFacts {
  readonly name: string;
  readonly digest: string;
  readonly family: string;
  /** On the study's validation split. */
  readonly accuracy: number;
  readonly costs: Costs;
}

/** A trial distilled in full. Paths are relative to the results directory. */
export interface PromotionRecord {
  readonly trial: number;
  readonly finishedAt: number;
  /** On test: `student`, `alone` (the same student without the teacher), `teacher`. */
  readonly accuracy: Readonly<Record<string, number>>;
  readonly directory: string;
}

/**
 * Opened in the main thread only. Every method is synchronous and durable when it returns. The first change to a study
 * takes the study's writer lease, kept until `close`; while another living process holds it, changes throw STORAGE.
 * Reading always works. A study or trial that does not exist: NOT_FOUND.
 */
export interface TrialStore {
  /** `wal`; `delete` where the file system allows no WAL (readers and the writer then wait for each other). */
  readonly journalMode: string;
  /** Differs from what it was as soon as another process has changed anything: asking is cheaper than reading again. */
  version(): number;
  /** @throws NasDistillError STUDY_NAME, STUDY_EXISTS */
  createStudy(study: Omit<StudyRecord, 'createdAt'>): void;
  study(name: string): StudyRecord | undefined;
  studies(): StudyRecord[];
  deleteStudy(name: string): void;
  updateFacts(study: string, facts: Readonly<Record<string, unknown>>): void;
  createTrial(study: string, trial: NewTrial): Trial;
  /** WAITING or PAUSED -> RUNNING. @param wave of a deterministic search */
  start(study: string, number: number, worker: number, wave?: number): void;
  /** RUNNING -> PAUSED, with what it reached and the epochs that its checkpoint holds; false if it was given up before. */
  pause(study: string, number: number, epoch: number, metrics: Metrics): boolean;
  /** PAUSED -> PRUNED: it will not go on. False if it was not PAUSED. */
  abandon(study: string, number: number, reason: string): boolean;
  /** WAITING or PAUSED -> WAITING at its beginning, rungs dropped: its checkpoint is gone. */
  restart(study: string, number: number): void;
  /** False, and nothing stored, if the trial is not RUNNING: a late rung of a trial that was given up. */
  report(study: string, number: number, rung: Rung): boolean;
  /** Compare-and-set: only a RUNNING trial can be finished; false if it was given up before. */
  finish(study: string, number: number, outcome: TrialOutcome): boolean;
  /**
   * The process died that it trained or was being prepared in: RUNNING -> WAITING with the rungs dropped that its checkpoint does not
   * hold, WAITING and PAUSED as they are; notes how many such deaths it may be guilty of.
   */
  lose(study: string, number: number, deaths: number): void;
  /** Keeps the final metrics of a further run of a trial; `run` counts from 2, and the same again replaces it. */
  recordRepeat(study: string, number: number, run: number, metrics: Metrics): void;
  /** Adds to what was measured of a trial, whatever its state. */
  recordMeasured(study: string, number: number, measured: Readonly<Record<string, number>>): void;
  /** RUNNING trials of a dead process go back to WAITING, to their checkpoints if they have one; returns their numbers. */
  requeueRunning(study: string): number[];
  trials(study: string): Trial[];
  trial(study: string, number: number): Trial | undefined;
  /** Every trial in order of number, without what is large. */
  trialSummaries(study: string): TrialSummary[];
  /** Who writes the study; undefined if nobody does. */
  writer(study: string): StudyWriter | undefined;
  /** What trials answer on validation, of those among them that are known; kept by `finish`. */
  answers(study: string, trials: readonly number[]): Map<number, TrialAnswers>;
  /** Replaces what the study knew of its teacher's answers. */
  recordTeacherAnswers(study: string, answers: TeacherAnswers): void;
  teacherAnswers(study: string): TeacherAnswers | undefined;
  /** Keeps what validation samples look like; those that are known already stay as they are. */
  recordSamples(study: string, samples: readonly Sample[]): void;
  /** Rows of the validation split whose samples are known. */
  sampleRows(study: string): number[];
  samples(study: string, rows: readonly number[]): Sample[];
  recordPromotion(study: string, promotion: PromotionRecord): void;
  promotions(study: string): PromotionRecord[];
  close(): void;
}
