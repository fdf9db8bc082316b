import type { ExecutorOptions, RungDecision, RunOutcome, TrialJob } from './Executor.js';
import type { Rung } from '../store/types.js';
import type { PackedData } from './sharedArrays.js';
import type { WorkerFault } from './worker.js';

/** What the command's process says to the one that trains. `id` is a run of a job: the same trial may run again. */
export type ToHost =
  | {
      readonly kind: 'open';
      readonly options: Omit<ExecutorOptions, 'data'>;
      readonly data: PackedData;
      /** The worker's file. */
      readonly filename: string;
    }
  | { readonly kind: 'run'; readonly id: number; readonly job: TrialJob }
  | { readonly kind: 'decision'; readonly id: number; readonly decision: RungDecision }
  | { readonly kind: 'stop'; readonly id: number }
  | { readonly kind: 'close' };

export type FromHost =
  | { readonly kind: 'opened'; readonly fault?: WorkerFault }
  | { readonly kind: 'prepared'; readonly id: number }
  | { readonly kind: 'start'; readonly id: number; readonly worker: number }
  | { readonly kind: 'rung'; readonly id: number; readonly rung: Rung }
  | { readonly kind: 'end'; readonly id: number; readonly outcome: RunOutcome }
  /** Resident memory of the process, in bytes. */
  | { readonly kind: 'memory'; readonly bytes: number };

/** The pipe on which the arrays of the study's data arrive. */
export const dataPipe = 4;

/** The handles of the open files of the study's data begin here. */
export const firstFile = 5;
