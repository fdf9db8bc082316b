// Contrastive distillation within the batch: Tian et al., arXiv:1910.10699; InfoNCE form of Fang et al. (SEED),
// arXiv:2101.04731. -mean_i log softmax_j(s_i . t_j / tau)_i of embeddings of length 1.
import { z } from 'zod';
import { div, eye, logSoftmax, matMul, mean, mul, neg, sum, type Tensor } from '../../engines/tf.js';
import { unitRows } from '../unitRows.js';
import { adaptedOptions, featureLoss } from './featureLoss.js';

/** @param student @param teacher embeddings [B, F] of one size @returns [] */
export function contrastiveLoss(student: Tensor, teacher: Tensor, temperature: number): Tensor {
  const alike = div(matMul(unitRows(student), unitRows(teacher), false, true), temperature);
  return neg(mean(sum(mul(logSoftmax(alike), eye(student.shape[0])), -1)));
}

export const contrastive = featureLoss({
  name: 'contrastive',
  summary: "each image nearest to its own embedding of the teacher's",
  paper: 'arXiv:1910.10699',
  options: z.strictObject({
    ...adaptedOptions,
    temperature: z.number().positive().default(0.07).describe('how sharply others are pushed away'),
  }),
  shape: 'adapted',
  value: (s, t, { temperature }) => contrastiveLoss(mean(s, [1, 2]), mean(t, [1, 2]), temperature),
});
