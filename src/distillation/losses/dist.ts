// Huang et al.: Knowledge Distillation from A Stronger Teacher, arXiv:2205.10536, equations 9 to 11.
// T^2 * (beta * (1 - mean Pearson over rows) + gamma * (1 - mean Pearson over columns)) of softmax(. / T).
import { z } from 'zod';
import { add, div, mean, mul, softmax, sqrt, square, sub, sum, transpose, type Tensor } from '../../engines/tf.js';
import { outputLoss, squared, teacherOf, temperatureOf, type Temperature } from './defineLoss.js';

const tiny = 1e-8;

/** Mean over rows of the Pearson correlation of two [N, M] matrices, shape []. */
function rowCorrelation(a: Tensor, b: Tensor): Tensor {
  const x = sub(a, mean(a, -1, true));
  const y = sub(b, mean(b, -1, true));
  const norm = mul(sqrt(add(sum(square(x), -1), tiny ** 2)), sqrt(add(sum(square(y), -1), tiny ** 2)));
  return mean(div(sum(mul(x, y), -1), norm));
}

/** @param student @param teacher logits [B, C], B >= 3 @returns [] */
export function distLoss(
  student: Tensor,
  teacher: Tensor,
  { beta, gamma, temperature }: { beta: number; gamma: number; temperature: Temperature },
): Tensor {
  const s = softmax(div(student, temperature));
  const t = softmax(div(teacher, temperature));
  const inter = mul(sub(1, rowCorrelation(s, t)), beta);
  const intra = mul(sub(1, rowCorrelation(transpose(s), transpose(t))), gamma);
  return mul(add(inter, intra), squared(temperature));
}

export const dist = outputLoss({
  name: 'dist',
  summary: 'correlation of outputs between classes and between images',
  paper: 'arXiv:2205.10536',
  options: z.strictObject({
    beta: z.number().nonnegative().default(1).describe('weight of the relation between classes'),
    gamma: z.number().nonnegative().default(1).describe('weight of the relation between images'),
    temperature: z.number().positive().default(1).describe('softens both outputs'),
  }),
  needsTeacher: true,
  softened: true,
  value: (input, options) =>
    distLoss(input.student.logits, teacherOf(input).logits, { ...options, temperature: temperatureOf(input, options) }),
});
