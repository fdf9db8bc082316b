// Touvron et al.: Training data-efficient image transformers, arXiv:2012.12877, equation 3.
// Cross entropy against the class that the teacher decides for.
import { z } from 'zod';
import { argMax, cast, oneHot, type Tensor, type Tensor1D } from '../../engines/tf.js';
import { crossEntropy } from './ce.js';
import { outputLoss, teacherOf } from './defineLoss.js';

/** @param student @param teacher logits [B, C] @returns [] */
export function hardLoss(student: Tensor, teacher: Tensor, samples?: Tensor): Tensor {
  const classes = teacher.shape[1] ?? 0;
  const decided = oneHot(argMax(teacher, -1) as Tensor1D, classes);
  return crossEntropy(student, cast(decided, 'float32'), samples);
}

export const hard = outputLoss({
  name: 'hard',
  summary: 'hard labels of the teacher',
  paper: 'arXiv:2012.12877',
  options: z.strictObject({}),
  needsTeacher: true,
  value: (input) => hardLoss(input.student.logits, teacherOf(input).logits, input.samples),
});
