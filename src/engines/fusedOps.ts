import { getBackend } from './ops.js';
import type { Tensor, Tensor4D } from './tf.js';

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
  /** x [..., C] * scale [C] + shift [C]. */
  scaleChannels?(x: Tensor, scale: Tensor, shift: Tensor): Tensor;
  /** x [..., C] + bias [C]. */
  addBias?(x: Tensor, bias: Tensor): Tensor;
  /** x [N, .., C] times gate [N, 1, .., 1, C]. */
  gate?(x: Tensor, gate: Tensor): Tensor;
  /** The mean over all axes between the first and the last: [N, .., C] -> [N, C]. */
  meanOverPositions?(x: Tensor): Tensor;
  /**
   * x [B, H, W, C] with a filter [kh, kw, C / groups, filters], or depthwise [kh, kw, C, 1]: with a dilation or with groups, of which
   * TensorFlow.js has no gradients, or no function at all (models/layers/convolved).
   */
  convolve?(x: Tensor4D, filter: Tensor4D, window: ConvolutionWindow, depthwise: boolean): Tensor4D;
  /** x * clip(x / 6 + 1/2, 0, 1). */
  hardSwish?(x: Tensor): Tensor;
  /** x * Phi(x). */
  gelu?(x: Tensor): Tensor;
  /** What `normaliseRows` (models/layers) documents. */
  normaliseRows?(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor;
  /** x [..., C] times kernel [C, units], plus bias [units] where there is one (models/layers/dense). */
  dense?(x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor;
  /** softmax(q k^T / sqrt(d)) v of q, k, v [B, T, heads * d], and the softmax [B, heads, T, T]. */
  attention?(q: Tensor, k: Tensor, v: Tensor, heads: number): { output: Tensor; weights: Tensor };
  /** One step of AdamW's rule (distillation/optimisers) on all of these tensors, whose moments lie in one vector each. */
  adamW?(
    lists: TensorLists,
    state: Readonly<Record<'m' | 'v' | 'c1' | 'c2' | 'lr', Tensor>>,
    numbers: Readonly<Record<'beta1' | 'beta2' | 'eps' | 'weightDecay', number>>,
  ): { params: Tensor[]; m: Tensor; v: Tensor };
  /** One step of descent with momentum; the velocity is one vector. */
  sgd?(
    lists: TensorLists,
    state: Readonly<Record<'velocity' | 'lr', Tensor>>,
    numbers: Readonly<{ momentum: number; nesterov: boolean; weightDecay: number }>,
  ): { params: Tensor[]; velocity: Tensor };
  /** Gradients shortened to a global norm, and the norm that they had (distillation/optimisers/clipping). */
  clipByGlobalNorm?(grads: readonly Tensor[], maxNorm: number): { grads: Tensor[]; norm: Tensor };
  /** average * decay + values * (1 - decay), the values one behind the other. */
  movedAverage?(average: Tensor, values: readonly Tensor[], decay: Tensor): Tensor;
  /** -sum_c targets_c log softmax(logits)_c of rows [B, C] whose targets sum to one; shape [B]. */
  softmaxCrossEntropy?(logits: Tensor, targets: Tensor): Tensor;
}

/** How a convolution's filter goes over an image; an absent dilation is 1. */
export interface ConvolutionWindow {
  readonly stride: number;
  readonly padding: 'same' | 'valid';
  readonly dilation?: number;
}

/** Parameters and their gradients, in the order of the moments. */
export interface TensorLists {
  readonly params: readonly Tensor[];
  readonly grads: readonly Tensor[];
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
