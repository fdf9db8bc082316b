import type { z } from 'zod';

/** What a trial reached after an epoch. Objectives are all minimised, in the study's order: the one to learn first, then costs. */
export interface RungReport {
  readonly trial: number;
  /** Epochs finished, from 1. */
  readonly epoch: number;
  readonly objectives: readonly number[];
}

/** pause: the trial frees its worker, and may go on from where it stands when others have shown what it is worth. */
export type PrunerDecision = 'continue' | 'prune' | 'pause';

/** Where a trial waits: at which epoch. */
export interface WaitingTrial {
  readonly trial: number;
  readonly epoch: number;
}

/**
 * Ends or pauses trials that will not matter. Deterministic: a decision depends on the report and on the set of reports recorded
 * and of trials waiting before it, not on their order; resuming is recording the stored rungs again.
 */
export interface Pruner {
  /** Whether the trial trains on; never asked after its last epoch. Changes nothing. */
  decide(report: RungReport): PrunerDecision;
  /** Whether `decide` may say anything but `continue` after this epoch of the trial. Changes nothing. */
  mayStop(trial: number, epoch: number): boolean;
  /** Notes what a trial reached, for later decisions. */
  record(report: RungReport): void;
  /** There if `decide` may say `pause`. */
  readonly waiting?: WaitingRoom;
}

/** Who paused, and who of them may go on by now. */
export interface WaitingRoom {
  /** A trial whose report of this epoch was recorded waits from now on. */
  enter(waiting: WaitingTrial): void;
  /** A waiting trial goes on, or is given up. */
  leave(waiting: WaitingTrial): void;
  /**
   * The waiting trial that may go on, of several the one that came farthest; undefined if none may. Changes nothing.
   * @param last no further trial will ever report: the best of each level goes on, however few came so far
   */
  next(last: boolean): WaitingTrial | undefined;
}

export interface PrunerContext {
  /** Epochs of a trial that is not pruned. */
  readonly epochs: number;
}

export interface PrunerEntry {
  readonly summary: string;
  readonly paper?: string;
  readonly options: z.ZodType;
  /** @throws NasDistillError CONFIG for options that do not parse. */
  create(context: PrunerContext, options?: unknown): Pruner;
}
