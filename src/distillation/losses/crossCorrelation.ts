// Redundancy suppression between features in the form of Barlow Twins: Zbontar et al., arXiv:2103.03230, equation 1.
// Features standardised over the batch (biased); C = T^T S / B; sum (C_ii - 1)^2 + w * sum_{i != j} C_ij^2, w = 0.01.
import { z } from 'zod';
import { add, div, eye, matMul, mean, mul, sqrt, square, sub, sum, type Tensor } from '../../engines/tf.js';
import { adaptedOptions, featureLoss } from './featureLoss.js';

/** Keeps a feature that is constant over the batch finite. */
const tiny = 1e-6;

function standardise(features: Tensor): Tensor {
  const centred = sub(features, mean(features, 0, true));
  return div(centred, sqrt(add(mean(square(centred), 0, true), tiny)));
}

/** @param student @param teacher embeddings [B, F] of one size @returns [] */
export function crossCorrelationLoss(student: Tensor, teacher: Tensor, offDiagonal: number): Tensor {
  const [batch, size] = student.shape;
  const c = div(matMul(standardise(teacher), standardise(student), true, false), batch);
  const diagonal = eye(size);
  const weights = add(mul(sub(1, diagonal), offDiagonal), diagonal);
  return sum(mul(weights, square(sub(c, diagonal))));
}

export const crossCorrelation = featureLoss({
  name: 'cross-correlation',
  summary: "each feature correlates with the teacher's own and with no other",
  paper: 'arXiv:2103.03230',
  options: z.strictObject({
    ...adaptedOptions,
    offDiagonal: z.number().nonnegative().default(0.01).describe('weight of correlations with other features'),
  }),
  shape: 'adapted',
  value: (s, t, { offDiagonal }) => crossCorrelationLoss(mean(s, [1, 2]), mean(t, [1, 2]), offDiagonal),
});
