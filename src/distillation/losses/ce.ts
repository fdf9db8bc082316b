// Cross entropy against the labels; label smoothing: Szegedy et al., arXiv:1512.00567, section 7.
// mean over the batch of -sum_c target_c log softmax(s)_c, target = (1 - e) * onehot + e / C.
import { z } from 'zod';
import { fusedOps } from '../../engines/fusedOps.js';
import { logSoftmax, mul, neg, sum, type Tensor } from '../../engines/tf.js';
import { batchMean, outputLoss } from './defineLoss.js';

/** @param student logits [B, C] @param targets probabilities [B, C] @param samples weights [B] @returns [] */
export function crossEntropy(student: Tensor, targets: Tensor, samples?: Tensor): Tensor {
  const fused = fusedOps().softmaxCrossEntropy;
  if (fused) return batchMean(fused(student, targets), samples);
  return neg(batchMean(sum(mul(targets, logSoftmax(student)), -1), samples));
}

export const ce = outputLoss({
  name: 'ce',
  summary: 'cross entropy against the labels',
  paper: 'arXiv:1512.00567 (label smoothing)',
  options: z.strictObject({}),
  needsTeacher: false,
  value: ({ student, targets, samples }) => crossEntropy(student.logits, targets, samples),
});
