import type { z } from 'zod';
import type { Rng } from '../core/rng.js';
import type { Architecture, SearchSpace } from '../spaces/SearchSpace.js';

/** A trial that has ended. Objectives are all minimised and empty where there are none (FAILED, INFEASIBLE). */
export interface FinishedTrial {
  readonly architecture: Architecture;
  /** Of the architecture: space.id(). */
  readonly id: string;
  readonly state: 'COMPLETE' | 'PRUNED' | 'FAILED' | 'INFEASIBLE';
  readonly objectives: readonly number[];
  /** Objectives after each epoch that it trained, where that is known. */
  readonly rungs?: readonly (readonly number[])[];
  /** Excess over each budget, 0 where it is met. */
  readonly violations: readonly number[];
}

/**
 * Proposes architectures. Deterministic: the k-th proposal depends on the seed, on k, on the trials told before it and
 * on the proposals that were not told yet, nothing else. Resuming is therefore telling the stored trials again, in the
 * order in which they ended, and naming those that run on.
 */
export interface Sampler {
  /** An architecture that fits, was never proposed before and is not `seen`; undefined: none is left to be found. */
  ask(): Architecture | undefined;
  /** A trial that ended or paused. One that paused is told as PRUNED, and again when it went further: what was told last counts. */
  tell(trial: FinishedTrial): void;
  /** On resume: a proposal that was stored before and has not been told yet, in the order of the proposals. */
  pending(architecture: Architecture, id: string): void;
  /** The newest proposal will not be trained; another may take its place (`pending`). It counts as never proposed. */
  withdraw(id: string): void;
}

export interface SamplerContext {
  readonly space: SearchSpace;
  /**
   * The study's stream for this sampler; only ever forked, so that nothing depends on how often it was drawn from. Forked
   * in `create` it is the study's own, in `ask` the proposal's.
   */
  readonly rng: Rng;
  /** How many trials are planned, if that is known. */
  readonly trials?: number;
  /** Total excess over the budgets; 0 fits. */
  readonly violation: (architecture: Architecture) => number;
  /** True for an architecture that has a trial already. */
  readonly seen: (id: string) => boolean;
  /** The objectives that are known before training (costs), in their places; undefined those that training must tell. */
  readonly known?: (architecture: Architecture) => readonly (number | undefined)[];
  /** A random architecture that fits, or undefined if none was found: `feasibleSampler`. */
  readonly propose: (rng: Rng) => Architecture | undefined;
}

export interface SamplerEntry {
  readonly summary: string;
  readonly paper?: string;
  readonly options: z.ZodType;
  /** @throws NasDistillError CONFIG for options that do not parse. */
  create(context: SamplerContext, options?: unknown): Sampler;
}
