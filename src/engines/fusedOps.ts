import { getBackend } from './ops.js';
import type { Tensor } from './tf.js';

/**
 * Compound functions that an engine may have as one operator of its own. Whoever writes such a function in plain tensor ops
 * asks here first; on all other engines the plain ops are what runs.
 */
export interface FusedOps {
  /** What `normaliseBatch` (models/layers) documents. */
  normaliseBatch?(
    x: Tensor,
    gamma: Tensor,
    beta: Tensor,
    epsilon: number,
    near?: Tensor,
  ): { output: Tensor; mean: Tensor; variance: Tensor };
  /** x * clip(x / 6 + 1/2, 0, 1). */
  hardSwish?(x: Tensor): Tensor;
  /** x * Phi(x). */
  gelu?(x: Tensor): Tensor;
  /** What `normaliseRows` (models/layers) documents. */
  normaliseRows?(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor;
  /** One step of `createAdamW`'s rule (distillation/optimisers) on a vector; weight decay 0 where there is none. */
  adamW?(
    inputs: Readonly<Record<'p' | 'g' | 'm' | 'v' | 'c1' | 'c2' | 'lr', Tensor>>,
    numbers: Readonly<Record<'beta1' | 'beta2' | 'eps' | 'weightDecay', number>>,
  ): { param: Tensor; m: Tensor; v: Tensor };
  /** -sum_c targets_c log softmax(logits)_c of rows [B, C] whose targets sum to one; shape [B]. */
  softmaxCrossEntropy?(logits: Tensor, targets: Tensor): Tensor;
}

const byBackend = new Map<string, FusedOps>();
const none: FusedOps = {};

/** Called by an engine when it is opened; adds to what it offered before. */
export function offerFusedOps(backend: string, ops: FusedOps): void {
  byBackend.set(backend, { ...byBackend.get(backend), ...ops });
}

/** What the engine that is computing (or tracing) right now offers. */
export function fusedOps(): FusedOps {
  return byBackend.get(getBackend()) ?? none;
}
