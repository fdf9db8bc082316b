// Mean over batch and positions of the L2 norm over channels of (student - teacher), through an adapter.
import { z } from 'zod';
import { add, mean, sqrt, square, sub, sum, type Tensor } from '../../engines/tf.js';
import { adaptedOptions, featureLoss } from './featureLoss.js';

/** Keeps the square root's gradient finite where both agree. */
const tiny = 1e-12;

/** @param student @param teacher features of the same shape, channels last @returns [] */
export function featureL2Loss(student: Tensor, teacher: Tensor): Tensor {
  return mean(sqrt(add(sum(square(sub(student, teacher)), -1), tiny)));
}

export const featureL2 = featureLoss({
  name: 'feature-l2',
  summary: 'length of the difference of features at each position',
  paper: '-',
  options: z.strictObject(adaptedOptions),
  shape: 'adapted',
  value: featureL2Loss,
});
