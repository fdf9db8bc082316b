// Jiao et al.: TinyBERT, arXiv:1909.10351, equation 8: mean squared difference of hidden states, the student's through a
// learnt projection, layer by layer along a map from student to teacher layers; the mean over the layers.
// Departs from it in that each pair has a projection of its own (there: one for all), and grids may stand for tokens.
import { add, div, type Tensor } from '../../engines/tf.js';
import { createAdapter } from '../adapter.js';
import { prefixed } from '../dense.js';
import { parseOptions } from '../parseOptions.js';
import { teacherOf } from './defineLoss.js';
import { shapeOf } from './featureLoss.js';
import { hintLoss } from './hint.js';
import type { LossEntry } from './LossEntry.js';
import { pairedTapsSchema, pairsOf } from './tapLists.js';

const optionsSchema = pairedTapsSchema(['embedding'], ['embedding']);

export const hiddenStates: LossEntry = {
  summary: 'hidden states of several layers, each through a projection',
  paper: 'arXiv:1909.10351',
  options: optionsSchema,
  create: (given) => {
    const taps = pairsOf(parseOptions('loss hidden-states', optionsSchema, given));
    return {
      needsTeacher: true,
      usesLogits: false,
      taps,
      init: (student, teacher, rng) => {
        const values = taps.map((pair, i) => {
          const shapes = [
            shapeOf(student, pair.student, 'student'),
            shapeOf(teacher, pair.teacher, 'teacher'),
          ] as const;
          return prefixed(`${i}/`, createAdapter(pair, ...shapes).init(rng.fork(i)));
        });
        return Object.fromEntries(values.flatMap((own) => Object.entries(own)));
      },
      value: (input) => {
        const answers = teacherOf(input).taps;
        const values = taps.map((pair, i): Tensor => {
          const [s, t] = [input.student.taps[pair.student], answers[pair.teacher]];
          const params = { kernel: input.params[`${i}/kernel`], bias: input.params[`${i}/bias`] };
          const mapped = createAdapter(pair, s.shape.slice(1), t.shape.slice(1)).apply(s, t, params);
          return hintLoss(mapped.student, mapped.teacher);
        });
        return div(
          values.reduce((a, b) => add(a, b)),
          values.length,
        );
      },
    };
  },
};
