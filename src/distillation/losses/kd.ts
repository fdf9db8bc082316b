// Hinton, Vinyals, Dean: Distilling the Knowledge in a Neural Network, arXiv:1503.02531, section 2.
// T^2 * KL(softmax(t / T) || softmax(s / T)), batch mean. T^2 keeps the gradient's size independent of T.
import { z } from 'zod';
import { div, logSoftmax, mul, softmax, sub, sum, type Tensor } from '../../engines/tf.js';
import { batchMean, outputLoss, squared, teacherOf, temperatureOf, type Temperature } from './defineLoss.js';

/** @param student @param teacher logits [B, C] @param samples weights [B] @returns [] */
export function kdLoss(student: Tensor, teacher: Tensor, temperature: Temperature, samples?: Tensor): Tensor {
  const logS = logSoftmax(div(student, temperature));
  const scaled = div(teacher, temperature);
  const divergence = sum(mul(softmax(scaled), sub(logSoftmax(scaled), logS)), -1);
  return mul(batchMean(divergence, samples), squared(temperature));
}

export const kd = outputLoss({
  name: 'kd',
  summary: 'soft targets: KL divergence of softened outputs',
  paper: 'arXiv:1503.02531',
  options: z.strictObject({ temperature: z.number().positive().default(4).describe('softens both outputs') }),
  needsTeacher: true,
  softened: true,
  value: (input, options) =>
    kdLoss(input.student.logits, teacherOf(input).logits, temperatureOf(input, options), input.samples),
});
