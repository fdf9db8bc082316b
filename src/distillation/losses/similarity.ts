// Tung, Mori: Similarity-Preserving Knowledge Distillation, arXiv:1907.09682, equation 4.
// G = rownorm(F F^T); sum (Gs - Gt)^2 / B^2.
import { z } from 'zod';
import { add, div, matMul, reshape, sqrt, square, sub, sum, type Tensor } from '../../engines/tf.js';
import { meanSquare } from '../adapter.js';
import { featureLoss, tapOptions } from './featureLoss.js';

const tiny = 1e-12;

function gram(features: Tensor): Tensor {
  const rows = reshape(features, [features.shape[0], -1]);
  const g = matMul(rows, rows, false, true);
  return div(g, sqrt(add(sum(square(g), -1, true), tiny)));
}

/** @param student @param teacher features [B, ...], sizes may differ @returns [] */
export function similarityLoss(student: Tensor, teacher: Tensor): Tensor {
  return meanSquare(sub(gram(student), gram(teacher)));
}

export const similarity = featureLoss({
  name: 'similarity',
  summary: 'which images of the batch look alike',
  paper: 'arXiv:1907.09682',
  options: z.strictObject(tapOptions),
  shape: 'grids',
  value: similarityLoss,
});
