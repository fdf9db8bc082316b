// Hao et al.: One-for-All, arXiv:2310.19444, equation 4. -sum_c [((p_t + 1_y)^eps - 1_y) * log p_s], batch mean.
// Here at the final logits; the paper also applies it at exit branches.
import { z } from 'zod';
import { add, exp, log, logSoftmax, mean, mul, neg, softmax, sub, sum, div, type Tensor } from '../../engines/tf.js';
import { outputLoss, teacherOf } from './defineLoss.js';

/** @param student @param teacher logits [B, C] @param oneHot labels [B, C] @returns [] */
export function ofaLoss(
  student: Tensor,
  teacher: Tensor,
  oneHot: Tensor,
  { eps, temperature }: { eps: number; temperature: number },
): Tensor {
  const raised = add(softmax(div(teacher, temperature)), oneHot);
  // x^eps as exp(eps log x): Pow is slow in the compiled step; x > 0 always.
  const power = eps === 1 ? raised : exp(mul(log(raised), eps));
  const weight = sub(power, oneHot);
  return neg(mean(sum(mul(weight, logSoftmax(div(student, temperature))), -1)));
}

export const ofa = outputLoss({
  name: 'ofa',
  summary: 'one for all: the target class enhanced, for teachers of another family',
  paper: 'arXiv:2310.19444',
  options: z.strictObject({
    eps: z.number().positive().default(1).describe('how strongly the target class is enhanced'),
    temperature: z.number().positive().default(1).describe('softens both outputs'),
  }),
  needsTeacher: true,
  value: (input, options) => ofaLoss(input.student.logits, teacherOf(input).logits, input.oneHot, options),
});
