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
}

export interface ExecutorOptions {
  readonly workers: number;
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

/** How a run of a trial ends. */
export type RunOutcome = TrialOutcome | PausedOutcome;

export interface Executor {
  readonly workers: number;
  /**
   * Runs one trial on the next free worker. `onStart` tells, once and before the promise settles, which worker took it
   * (0..workers-1); `onRung` is called in the main thread after every epoch and its answer reaches the worker before the
   * next epoch. Never rejects for a fault of the trial: that is a FAILED outcome with its reason; a hook's fault rejects.
   * `signal` asks the worker to stop at its next step.
   */
  run(
    job: TrialJob,
    hooks: {
      onStart(worker: number): void;
      onRung(rung: Rung): RungDecision | Promise<RungDecision>;
      /** Its process died; it starts again, with `onStart` and from where this run began. `deaths`: those it may be guilty of. */
      onLost?(deaths: number, reason: string): void;
    },
    signal?: AbortSignal,
  ): Promise<RunOutcome>;
  close(): Promise<void>;
}
