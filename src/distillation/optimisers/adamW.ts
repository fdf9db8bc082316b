// Adam: Kingma and Ba, arXiv:1412.6980, algorithm 1. AdamW: Loshchilov and Hutter, arXiv:1711.05101, algorithm 2, with
// the decay scaled by the learning rate, as in PyTorch: p <- p - lr*wd*p - lr * mHat / (sqrt(vHat) + eps).
// Departs from both in that parameters of rank 0 and 1 (biases, norms) are never decayed.
import { z } from 'zod';
import { fusedOps } from '../../engines/fusedOps.js';
import { add, div, mul, sqrt, square, sub } from '../../engines/tf.js';
import { parseOptions } from '../parseOptions.js';
import { flatOptimiser } from './flatOptimiser.js';
import type { Optimiser, OptimiserEntry } from './Optimiser.js';

const adamOptions = z.strictObject({
  beta1: z.number().min(0).lt(1).default(0.9).describe('decay of the mean of gradients'),
  beta2: z.number().min(0).lt(1).default(0.999).describe('decay of the mean of squared gradients'),
  eps: z.number().positive().default(1e-8).describe('added to the root of the mean of squares'),
});
const adamWOptions = adamOptions.extend({
  weightDecay: z.number().nonnegative().default(0.05).describe('share of a weight taken off per unit of learning rate'),
});
export type AdamWOptions = z.output<typeof adamWOptions>;

/** AdamW. State: moments `m` and `v`; `c1`, `c2`: 1 - beta^t, kept by c <- beta*c + (1 - beta), exact for small t. */
export function createAdamW({ beta1, beta2, eps, weightDecay }: AdamWOptions): Optimiser {
  return flatOptimiser({
    moments: ['m', 'v'],
    scalars: ['c1', 'c2'],
    advance: ({ c1, c2 }) => ({ c1: add(mul(c1, beta1), 1 - beta1), c2: add(mul(c2, beta2), 1 - beta2) }),
    joined({ params, grads, moments: { m, v }, scalars: { c1, c2 }, lr, decayed }) {
      const numbers = { beta1, beta2, eps, weightDecay: decayed ? weightDecay : 0 };
      const next = fusedOps().adamW?.({ params, grads }, { m, v, c1, c2, lr }, numbers);
      return next && { params: next.params, moments: { m: next.m, v: next.v } };
    },
    update({ param, grad, moments, scalars, lr, decayed }) {
      const m = add(mul(moments.m, beta1), mul(grad, 1 - beta1));
      const v = add(mul(moments.v, beta2), mul(square(grad), 1 - beta2));
      const kept = decayed && weightDecay > 0 ? mul(param, sub(1, mul(lr, weightDecay))) : param;
      // lr * (m/c1) / (sqrt(v/c2) + eps), with the scalars gathered: three passes over the vector less.
      const rootC2 = sqrt(scalars.c2);
      const rate = div(mul(lr, rootC2), scalars.c1);
      const step = mul(div(m, add(sqrt(v), mul(rootC2, eps))), rate);
      return { param: sub(kept, step), moments: { m, v } };
    },
  });
}

export const adamW: OptimiserEntry = {
  summary: 'Adam with decoupled weight decay; biases and norms are not decayed',
  paper: 'arXiv:1711.05101',
  options: adamWOptions,
  create: (options) => createAdamW(parseOptions('adamw', adamWOptions, options)),
};

export const adam: OptimiserEntry = {
  summary: 'Adam without weight decay',
  paper: 'arXiv:1412.6980',
  options: adamOptions,
  create: (options) => createAdamW({ ...parseOptions('adam', adamOptions, options), weightDecay: 0 }),
};
