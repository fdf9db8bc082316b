// Dynamic weighting of teacher layers: one tap of the student against several of the teacher, each through an adapter of
// its own, weighed by a softmax that is learnt with the student; in the spirit of Chen et al., Cross-Layer Distillation
// with Semantic Calibration, arXiv:2012.03236, equation 7. sum_l a_l * mean (S_l - T_l)^2 / mean (T_l - mean T_l)^2,
// a = softmax(g). A layer that the student cannot follow (pure noise stays at a share of 1) loses its weight.
// Departs from the paper: the weights are learnt parameters, the same for all images (there: from the similarity of each
// image's features), and each layer is measured in units of its own variance, so that scale alone earns no weight.
import { z } from 'zod';
import { add, div, mean, mul, reshape, softmax, split, square, sub, type Tensor } from '../../engines/tf.js';
import { createAdapter, meanSquare } from '../adapter.js';
import { prefixed } from '../dense.js';
import { filled } from '../hostValues.js';
import { parseOptions } from '../parseOptions.js';
import { teacherOf } from './defineLoss.js';
import { shapeOf } from './featureLoss.js';
import type { LossEntry } from './LossEntry.js';

const tiny = 1e-8;

/** Mean squared difference in units of the teacher's variance, shape []. @param student @param teacher of one shape */
export function unexplained(student: Tensor, teacher: Tensor): Tensor {
  const variance = mean(square(sub(teacher, mean(teacher))));
  return div(meanSquare(sub(student, teacher)), add(variance, tiny));
}

const optionsSchema = z.strictObject({
  student: z.string().default('embedding').describe("the student's tap"),
  teacher: z.array(z.string().min(1)).min(2).default(['block1', 'block2', 'embedding']).describe("the teacher's taps"),
});

export const attendedLayers: LossEntry = {
  summary: "several of the teacher's layers, weighed by an attention that is learnt and logged",
  paper: 'arXiv:2012.03236',
  options: optionsSchema,
  create: (given) => {
    const { student, teacher } = parseOptions('loss attended-layers', optionsSchema, given);
    const taps = teacher.map((tap) => ({ student, teacher: tap }));
    return {
      needsTeacher: true,
      usesLogits: false,
      taps,
      init: (own, other, rng) => {
        const from = shapeOf(own, student, 'student');
        const values = taps.map((pair, i) =>
          prefixed(`${i}/`, createAdapter(pair, from, shapeOf(other, pair.teacher, 'teacher')).init(rng.fork(i))),
        );
        return Object.fromEntries([['gate', filled([taps.length], 0)], ...values.flatMap((v) => Object.entries(v))]);
      },
      value: (input) => {
        const answers = teacherOf(input).taps;
        const weights = split(softmax(input.params.gate), taps.length).map((weight) => reshape(weight, []));
        const s = input.student.taps[student];
        const values = taps.map((pair, i): Tensor => {
          const t = answers[pair.teacher];
          const params = { kernel: input.params[`${i}/kernel`], bias: input.params[`${i}/bias`] };
          const mapped = createAdapter(pair, s.shape.slice(1), t.shape.slice(1)).apply(s, t, params);
          input.log(pair.teacher, weights[i]);
          return mul(unexplained(mapped.student, mapped.teacher), weights[i]);
        });
        return values.reduce((a, b) => add(a, b));
      },
    };
  },
};
