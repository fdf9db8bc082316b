import { NasDistillError } from '../../core/errors.js';
import { fusedOps } from '../../engines/fusedOps.js';
import { add, customGrad, mean, mul, rsqrt, square, sub, sum } from '../../engines/ops.js';
import type { Tensor } from '../../engines/tf.js';

/**
 * Batch normalisation by the batch's own statistics: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, over all axes
 * but the last, with the biased variance. The gradient is the closed form (arXiv:1502.03167, section 3), which needs two
 * reductions where the derivation through mean and variance needs five:
 * d beta = sum dy; d gamma = sum dy * xhat; dx = gamma * r * (dy - d beta / N - xhat * d gamma / N).
 * `near` [C] is a guess of the mean that an engine may use to keep sums small; it changes no result.
 * The mean and the variance that come back are for the moving averages: no gradient flows through them into x from here.
 */
export function normaliseBatch(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  epsilon: number,
  near?: Tensor,
): { output: Tensor; mean: Tensor; variance: Tensor } {
  const fused = fusedOps().normaliseBatch;
  if (fused) return fused(x, gamma, beta, epsilon, near);
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const perSample = 1 / axes.reduce((count, axis) => count * x.shape[axis], 1);
  const batchMean = mean(x, axes);
  const variance = mean(square(sub(x, batchMean)), axes);
  const normalise = customGrad((...args) => {
    const save = args[args.length - 1];
    if (typeof save !== 'function') throw new NasDistillError('INTERNAL', 'customGrad gave no save function');
    const centred = sub(x, batchMean);
    const r = rsqrt(add(variance, epsilon));
    const scale = mul(r, gamma);
    save([centred, r, scale]);
    return {
      value: add(mul(centred, scale), beta),
      gradFunc: (dy: Tensor | Tensor[], saved: Tensor[]) => {
        if (Array.isArray(dy)) throw new NasDistillError('INTERNAL', 'batch norm has one output');
        const [c, rs, s] = saved;
        const dBeta = sum(dy, axes);
        const dGamma = mul(sum(mul(dy, c), axes), rs);
        // In terms of c = xhat / r, so that every factor beside c and dy is a small vector.
        const slope = mul(mul(mul(s, rs), dGamma), perSample);
        const shift = mul(mul(s, dBeta), perSample);
        return [sub(mul(dy, s), add(mul(c, slope), shift)), dGamma, dBeta];
      },
    };
  });
  return { output: normalise(x, gamma, beta), mean: batchMean, variance };
}
