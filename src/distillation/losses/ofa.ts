// Hao et al.: One-for-All, arXiv:2310.19444, equation 4. -sum_c [((p_t + 1_y)^eps - 1_y) * log p_s], batch mean, at the
// final logits and at exit branches: an exit maps a tap to logits of its own (section 3.2) and is trained by the same
// loss. Here an exit is a separable convolution (depthwise 3x3, 1x1 with batch norm and ReLU), the mean over positions and
// a dense layer. The value is the mean over the final logits and all exits, so that its scale does not depend on how many
// there are; the paper sums them.
import { z } from 'zod';
import { add, exp, log, logSoftmax, mul, neg, softmax, sub, sum, div, type Tensor } from '../../engines/tf.js';
import { parseOptions } from '../parseOptions.js';
import { shapeOf } from './featureLoss.js';
import { batchMean, teacherOf, temperatureOf, type Temperature } from './defineLoss.js';
import { createExit } from './exit.js';
import type { LossEntry } from './LossEntry.js';

/** @param student @param teacher logits [B, C] @param oneHot labels [B, C] @param samples weights [B] @returns [] */
export function ofaLoss(
  student: Tensor,
  teacher: Tensor,
  oneHot: Tensor,
  { eps, temperature }: { eps: number; temperature: Temperature },
  samples?: Tensor,
): Tensor {
  const raised = add(softmax(div(teacher, temperature)), oneHot);
  // x^eps as exp(eps log x): Pow is slow in the compiled step; x > 0 always.
  const power = eps === 1 ? raised : exp(mul(log(raised), eps));
  const weight = sub(power, oneHot);
  return neg(batchMean(sum(mul(weight, logSoftmax(div(student, temperature))), -1), samples));
}

const optionsSchema = z.strictObject({
  eps: z.number().positive().default(1).describe('how strongly the target class is enhanced'),
  temperature: z.number().positive().default(1).describe('softens both outputs'),
  exits: z
    .array(z.string().min(1))
    .default([])
    .describe("student's taps that get an exit branch, such as stage1, stage2"),
});

export const ofa: LossEntry = {
  summary: 'one for all: the target class enhanced, for teachers of another family',
  paper: 'arXiv:2310.19444',
  softened: true,
  options: optionsSchema,
  create: (given) => {
    const options = parseOptions('loss ofa', optionsSchema, given);
    const { eps, exits } = options;
    return {
      needsTeacher: true,
      usesLogits: true,
      taps: [],
      studentTaps: exits,
      init: (student, _teacher, rng, classes) =>
        Object.fromEntries(
          exits.flatMap((tap) => {
            const values = createExit(tap, shapeOf(student, tap, 'student'), classes).init(rng.fork(tap));
            return Object.entries(values).map(([name, value]) => [`${tap}/${name}`, value]);
          }),
        ),
      value: (input) => {
        const teacher = teacherOf(input).logits;
        const classes = teacher.shape[1] ?? 0;
        const logits = exits.map((tap) => {
          const features = input.student.taps[tap];
          return createExit(tap, features.shape.slice(1), classes).apply(features, input.params, `${tap}/`);
        });
        const how = { eps, temperature: temperatureOf(input, options) };
        const values = [input.student.logits, ...logits].map((s) =>
          ofaLoss(s, teacher, input.oneHot, how, input.samples),
        );
        return values.length === 1
          ? values[0]
          : div(
              values.reduce((a, b) => add(a, b)),
              values.length,
            );
      },
    };
  },
};
