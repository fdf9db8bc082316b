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
  /** Excess over each budget, 0 where it is met. */
  readonly violations: readonly number[];
}

/**
 * Proposes architectures. Deterministic: the k-th proposal depends on the seed, on k and on the trials told before it,
 * nothing else. Resuming is therefore telling the stored trials again, in the order in which they ended; architectures
 * that were asked for and never told are simply asked for again.
 */
export interface Sampler {
  /** An architecture that fits, was never proposed before and is not `seen`; undefined: none is left to be found. */
  ask(): Architecture | undefined;
  tell(trial: FinishedTrial): void;
}

export interface SamplerContext {
  readonly space: SearchSpace;
  /** The study's stream for this sampler; only ever forked, so that nothing depends on how often it was drawn from. */
  readonly rng: Rng;
  /** How many trials are planned, if that is known. */
  readonly trials?: number;
  /** Total excess over the budgets; 0 fits. */
  readonly violation: (architecture: Architecture) => number;
  /** True for an architecture that has a trial already. */
  readonly seen: (id: string) => boolean;
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
