import type { EngineName } from '../engines/Engine.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { StudyData, TrainingConfig } from '../distillation/TrainingConfig.js';
import type { Metrics, Rung, TrialOutcome } from '../store/types.js';

/** One trial as it crosses to a worker: plain data. */
export interface TrialJob {
  readonly trial: number;
  /** The trial's random numbers come from this alone, so that it can be repeated alone. */
  readonly seed: string;
  readonly spec: ModelSpec;
  readonly training: TrainingConfig;
  /** The relative whose weights it begins with. */
  readonly inherit?: {
    readonly trial: number;
    readonly spec: ModelSpec;
    /** Its weights. */
    readonly file: string;
    /** Epochs that they have seen. */
    readonly epochs: number;
  };
  /** Where it paused before: it goes on from there. */
  readonly resume?: { readonly epoch: number; readonly file: string };
  /** The folder that its checkpoint goes to if it is told to pause. */
  readonly checkpoints?: string;
  /** Where its own weights are kept when it has trained to its end. */
  readonly keep?: string;
  /** Rows of the validation split whose answers are kept, whatever they are. */
  readonly watch?: readonly number[];
  /** How often the process that trained it died so far, perhaps through its fault: such a trial runs alone. */
  readonly deaths?: number;
  /** Milliseconds since 1970 from which on it does not begin any more: its outcome is then WAITING. */
  readonly startBy?: number;
}

export interface ExecutorOptions {
  /** Trials that train at once. */
  readonly workers: number;
  /** Trials that may be prepared meanwhile, each on a thread of its own; default: none. */
  readonly ahead?: number;
  readonly engine: EngineName;
  readonly threadsPerWorker: number;
  /** Shared with the workers once, when they start. */
  readonly data: StudyData;
}

/** pause: keep a checkpoint and free the worker. */
export type RungDecision = 'continue' | 'prune' | 'pause';

/** A trial that was told to pause, and where its checkpoint stands. */
export interface PausedOutcome {
  readonly state: 'PAUSED';
  /** Of its last epoch, and what else its outcome would hold. */
  readonly metrics: Metrics;
  readonly epoch: number;
  readonly reason?: undefined;
}

/** A trial that never began to train: it was stopped while it waited for a worker, or its time had come (`startBy`). */
export interface UnstartedOutcome {
  readonly state: 'WAITING';
  readonly metrics: Metrics;
  readonly reason?: undefined;
}

/** How a run of a trial ends. */
export type RunOutcome = TrialOutcome | PausedOutcome | UnstartedOutcome;

/** What is told of a run. */
export interface RunHooks {
  /** All is there that its training needs: graphs, values, the order of its samples. */
  onPrepared?(): void;
  onStart(worker: number): void;
  onRung(rung: Rung): RungDecision | Promise<RungDecision>;
  /**
   * Its process died while it trained or was being prepared; it starts again, with `onStart` and from where this run began.
   * `deaths`: those it may be guilty of.
   */
  onLost?(deaths: number, reason: string): void;
}

export interface Executor {
  /** Trials that train at once. */
  readonly workers: number;
  /** Further trials that it prepares meanwhile; none any more once memory ran short. */
  readonly ahead: number;
  /**
   * Runs one trial: it is prepared on the next free thread, and trains as soon as one of the workers' places is free, in the order of
   * the calls. `onStart` tells, once and before the promise settles, which place it took (0..workers-1), unless the outcome is
   * WAITING; `onRung` is called in the main thread after every epoch and its answer reaches the worker before the next epoch. Never
   * rejects for a fault of the trial: that is a FAILED outcome with its reason; a hook's fault rejects. `signal` asks the worker to
   * stop at its next step.
   */
  run(job: TrialJob, hooks: RunHooks, signal?: AbortSignal): Promise<RunOutcome>;
  close(): Promise<void>;
}
