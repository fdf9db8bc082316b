// Zagoruyko, Komodakis: Paying More Attention to Attention, arXiv:1612.03928, equation 2 (p = 2).
// Q = L2norm(flatten(mean_C F^2)); mean (Qs - Qt)^2; the larger grid is average-pooled to the smaller.
import { z } from 'zod';
import { add, div, mean, reshape, sqrt, square, sub, sum, type Tensor, type Tensor4D } from '../../engines/tf.js';
import { meanSquare, poolGrid } from '../adapter.js';
import { featureLoss, tapOptions } from './featureLoss.js';

const tiny = 1e-12;

function attentionMap(features: Tensor4D): Tensor {
  const map = reshape(mean(square(features), -1), [features.shape[0], -1]);
  return div(map, sqrt(add(sum(square(map), -1, true), tiny)));
}

/** @param student @param teacher features [B, H, W, C], grids and channels may differ @returns [] */
export function attentionLoss(student: Tensor4D, teacher: Tensor4D): Tensor {
  const height = Math.min(student.shape[1], teacher.shape[1]);
  const width = Math.min(student.shape[2], teacher.shape[2]);
  return meanSquare(
    sub(attentionMap(poolGrid(student, height, width)), attentionMap(poolGrid(teacher, height, width))),
  );
}

export const attention = featureLoss({
  name: 'attention',
  summary: 'where the features are strong, whatever their channels',
  paper: 'arXiv:1612.03928',
  options: z.strictObject(tapOptions),
  shape: 'grids',
  value: attentionLoss,
});
