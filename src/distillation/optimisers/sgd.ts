// Stochastic gradient descent with momentum in PyTorch's form (Sutskever et al. 2013, with the learning rate outside of
// the velocity): v <- momentum*v + g; p <- p - lr*v, or with Nesterov p <- p - lr*(g + momentum*v).
// Weight decay is added to the gradient; parameters of rank 0 and 1 (biases, norms) are not decayed.
import { z } from 'zod';
import { fusedOps } from '../../engines/fusedOps.js';
import { add, mul, sub, type Tensor } from '../../engines/tf.js';
import { parseOptions } from '../parseOptions.js';
import { flatOptimiser } from './flatOptimiser.js';
import type { Optimiser, OptimiserEntry } from './Optimiser.js';

const sgdOptions = z.strictObject({
  momentum: z.number().min(0).lt(1).default(0.9).describe('share of the velocity that is kept; 0: plain descent'),
  nesterov: z.boolean().default(false).describe('look ahead along the velocity'),
  weightDecay: z.number().nonnegative().default(5e-4).describe('share of a weight that is added to its gradient'),
});
export type SgdOptions = z.output<typeof sgdOptions>;

const noMoments: Record<string, Tensor> = {};

/** SGD. State: the velocity, unless momentum is 0. */
export function createSgd({ momentum, nesterov, weightDecay }: SgdOptions): Optimiser {
  return flatOptimiser({
    moments: momentum > 0 ? ['velocity'] : [],
    scalars: [],
    advance: () => ({}),
    joined({ params, grads, moments, lr, decayed }) {
      if (momentum === 0) return undefined;
      const numbers = { momentum, nesterov, weightDecay: decayed ? weightDecay : 0 };
      const next = fusedOps().sgd?.({ params, grads }, { velocity: moments.velocity, lr }, numbers);
      return next && { params: next.params, moments: { velocity: next.velocity } };
    },
    update({ param, grad, moments, lr, decayed }) {
      const pull = decayed && weightDecay > 0 ? add(grad, mul(param, weightDecay)) : grad;
      if (momentum === 0) return { param: sub(param, mul(pull, lr)), moments: noMoments };
      const velocity: Tensor = add(mul(moments.velocity, momentum), pull);
      const direction = nesterov ? add(pull, mul(velocity, momentum)) : velocity;
      return { param: sub(param, mul(direction, lr)), moments: { velocity } };
    },
  });
}

export const sgd: OptimiserEntry = {
  summary: 'stochastic gradient descent with momentum',
  paper: 'Sutskever et al., ICML 2013',
  options: sgdOptions,
  create: (options) => createSgd(parseOptions('sgd', sgdOptions, options)),
};
