// Clipping by global norm: Pascanu, Mikolov, Bengio, arXiv:1211.5063, algorithm 1.
import type { Tensors } from '../../engines/Engine.js';
import { fusedOps } from '../../engines/fusedOps.js';
import { addN, clipByValue, maximum, mul, sqrt, square, sum, div, type Scalar, type Tensor } from '../../engines/tf.js';

/** Square root of the sum of all squares, shape []. */
export function globalNorm(grads: Tensors): Scalar {
  const sums = Object.values(grads).map((grad) => sum<Scalar>(square(grad)));
  return sqrt(sums.length === 1 ? sums[0] : addN(sums));
}

/**
 * Scales all gradients by maxNorm / norm where norm is above maxNorm, else leaves them.
 * Returns the norm before clipping too, for the log. A NaN among the gradients makes all of them NaN: it is never hidden.
 */
export function clipByGlobalNorm(grads: Tensors, maxNorm: number): { grads: Tensors; norm: Scalar } {
  const fused = fusedOps().clipByGlobalNorm?.(Object.values(grads), maxNorm);
  if (fused) {
    const names = Object.keys(grads);
    return { grads: Object.fromEntries(names.map((name, i) => [name, fused.grads[i]])), norm: fused.norm as Scalar };
  }
  const norm = globalNorm(grads);
  const factor = div(maxNorm, maximum(norm, maxNorm));
  return { grads: mapTensors(grads, (grad) => mul(grad, factor)), norm };
}

/** Limits every value of every gradient to [-limit, limit]. */
export function clipGradientsByValue(grads: Tensors, limit: number): Tensors {
  return mapTensors(grads, (grad) => clipByValue(grad, -limit, limit));
}

function mapTensors(tensors: Tensors, change: (tensor: Tensor) => Tensor): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, change(tensor)]));
}
