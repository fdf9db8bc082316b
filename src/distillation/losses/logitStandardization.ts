// Sun et al.: Logit Standardization in Knowledge Distillation, arXiv:2403.01427, algorithm 1.
// kd on the z-score of each row; the standard deviation is the unbiased one, + 1e-7.
import { z } from 'zod';
import { add, div, mean, sqrt, square, sub, sum, type Tensor } from '../../engines/tf.js';
import { outputLoss, teacherOf, temperatureOf, type Temperature } from './defineLoss.js';
import { kdLoss } from './kd.js';

function standardise(logits: Tensor): Tensor {
  const centred = sub(logits, mean(logits, -1, true));
  const classes = logits.shape[1] ?? 0;
  // A root of 0 has no gradient: a student whose logits are all alike (a head of zeros) would never learn.
  const std = sqrt(add(div(sum(square(centred), -1, true), classes - 1), 1e-14));
  return div(centred, add(std, 1e-7));
}

/** @param student @param teacher logits [B, C] @returns [] */
export function logitStandardizationLoss(
  student: Tensor,
  teacher: Tensor,
  temperature: Temperature,
  samples?: Tensor,
): Tensor {
  return kdLoss(standardise(student), standardise(teacher), temperature, samples);
}

export const logitStandardization = outputLoss({
  name: 'logit-standardization',
  summary: 'kd on standardised logits: their scale need not match',
  paper: 'arXiv:2403.01427',
  options: z.strictObject({ temperature: z.number().positive().default(2).describe('softens both outputs') }),
  needsTeacher: true,
  softened: true,
  value: (input, options) =>
    logitStandardizationLoss(
      input.student.logits,
      teacherOf(input).logits,
      temperatureOf(input, options),
      input.samples,
    ),
});
