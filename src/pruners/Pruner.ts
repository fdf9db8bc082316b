import type { z } from 'zod';

/** What a trial reached after an epoch. Objectives are all minimised, in the study's order: the one to learn first, then costs. */
export interface RungReport {
  readonly trial: number;
  /** Epochs finished, from 1. */
  readonly epoch: number;
  readonly objectives: readonly number[];
}

export type PrunerDecision = 'continue' | 'prune';

/**
 * Ends trials that will not matter. Deterministic: a decision depends on the report and on the set of reports recorded
 * before it, not on their order; resuming is recording the stored rungs again.
 */
export interface Pruner {
  /** Whether the trial trains on; never asked after its last epoch. Changes nothing. */
  decide(report: RungReport): PrunerDecision;
  /** Notes what a trial reached, for later decisions. */
  record(report: RungReport): void;
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
