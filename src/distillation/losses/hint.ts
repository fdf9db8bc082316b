// Romero et al.: FitNets, arXiv:1412.6550, equation 3. Mean squared difference of features, through an adapter.
import { z } from 'zod';
import { sub, type Tensor } from '../../engines/tf.js';
import { meanSquare } from '../adapter.js';
import { adaptedOptions, featureLoss } from './featureLoss.js';

/** @param student @param teacher features of the same shape @returns [] */
export function hintLoss(student: Tensor, teacher: Tensor): Tensor {
  return meanSquare(sub(student, teacher));
}

export const hint = featureLoss({
  name: 'hint',
  summary: 'mean squared difference of features',
  paper: 'arXiv:1412.6550',
  options: z.strictObject(adaptedOptions),
  shape: 'adapted',
  value: hintLoss,
});
