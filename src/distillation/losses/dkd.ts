// Zhao et al.: Decoupled Knowledge Distillation, arXiv:2203.08679, equation 7.
// alpha * T^2 * KL(target / rest) + beta * T^2 * KL(softmax over the other classes), batch mean.
import { z } from 'zod';
import { add, div, log, logSoftmax, mul, softmax, sub, sum, type Tensor } from '../../engines/tf.js';
import { batchMean, outputLoss, squared, teacherOf, temperatureOf, type Temperature } from './defineLoss.js';

/** Takes the target class out of a softmax; large enough for float32, small enough not to overflow. */
const masked = 1000;
const tiny = 1e-12;

/** @param student @param teacher logits [B, C] @param oneHot labels [B, C] @param samples weights [B] @returns [] */
export function dkdLoss(
  student: Tensor,
  teacher: Tensor,
  oneHot: Tensor,
  { alpha, beta, temperature }: { alpha: number; beta: number; temperature: Temperature },
  samples?: Tensor,
): Tensor {
  const s = div(student, temperature);
  const t = div(teacher, temperature);
  const others = sub(1, oneHot);
  const split = (logits: Tensor) => {
    const p = softmax(logits);
    return { target: sum(mul(p, oneHot), -1), rest: sum(mul(p, others), -1) };
  };
  const ps = split(s);
  const pt = split(t);
  const term = (p: Tensor, q: Tensor) => mul(p, sub(log(add(p, tiny)), log(add(q, tiny))));
  const targetClass = add(term(pt.target, ps.target), term(pt.rest, ps.rest));
  const hide = mul(oneHot, masked);
  const tHidden = sub(t, hide);
  const difference = sub(logSoftmax(tHidden), logSoftmax(sub(s, hide)));
  const otherClasses = sum(mul(softmax(tHidden), mul(difference, others)), -1);
  return mul(batchMean(add(mul(targetClass, alpha), mul(otherClasses, beta)), samples), squared(temperature));
}

export const dkd = outputLoss({
  name: 'dkd',
  summary: 'decoupled: target class and the other classes weighted apart',
  paper: 'arXiv:2203.08679',
  options: z.strictObject({
    alpha: z.number().nonnegative().default(1).describe('weight of the target class'),
    beta: z.number().nonnegative().default(8).describe('weight of the other classes'),
    temperature: z.number().positive().default(4).describe('softens both outputs'),
  }),
  needsTeacher: true,
  softened: true,
  value: (input, options) =>
    dkdLoss(
      input.student.logits,
      teacherOf(input).logits,
      input.oneHot,
      { ...options, temperature: temperatureOf(input, options) },
      input.samples,
    ),
});
