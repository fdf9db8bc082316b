// Jiao et al.: TinyBERT, arXiv:1909.10351, equation 7: mean squared difference of attention matrices, layer by layer along
// a map from student to teacher layers. Departs from it in comparing softmaxed maps, which is what taps hold (the paper
// found unnormalised scores better), and, where the numbers of heads differ, their means over the heads.
import { NasDistillError } from '../../core/errors.js';
import { add, div, mean, sub, type Tensor } from '../../engines/tf.js';
import { meanSquare } from '../adapter.js';
import { parseOptions } from '../parseOptions.js';
import { teacherOf } from './defineLoss.js';
import { shapeOf } from './featureLoss.js';
import type { LossEntry } from './LossEntry.js';
import { pairedTapsSchema, pairsOf } from './tapLists.js';

/** @param student @param teacher attention maps [B, heads, T, T]; heads may differ @returns [] */
export function attentionMapsLoss(student: Tensor, teacher: Tensor): Tensor {
  if (student.shape[1] === teacher.shape[1]) return meanSquare(sub(student, teacher));
  return meanSquare(sub(mean(student, 1), mean(teacher, 1)));
}

const optionsSchema = pairedTapsSchema(['attention1'], ['attention1']);

export const attentionMaps: LossEntry = {
  summary: 'attention maps of transformers, layer by layer',
  paper: 'arXiv:1909.10351',
  options: optionsSchema,
  create: (given) => {
    const taps = pairsOf(parseOptions('loss attention-maps', optionsSchema, given));
    return {
      needsTeacher: true,
      usesLogits: false,
      taps,
      init: (student, teacher) => {
        for (const pair of taps) {
          const s = shapeOf(student, pair.student, 'student');
          const t = shapeOf(teacher, pair.teacher, 'teacher');
          const areMaps = [s, t].every(([, rows, columns], i) => [s, t][i].length === 3 && rows === columns);
          if (areMaps && s[1] === t[1]) continue;
          throw new NasDistillError(
            'CONFIG',
            `student tap ${pair.student} [${s.join(', ')}] cannot be compared with teacher tap ${pair.teacher} [${t.join(', ')}]`,
            { hint: 'Both must be attention maps [heads, T, T] over as many tokens.' },
          );
        }
        return {};
      },
      value: (input) => {
        const answers = teacherOf(input).taps;
        const values = taps.map((pair) => attentionMapsLoss(input.student.taps[pair.student], answers[pair.teacher]));
        return div(
          values.reduce((a, b) => add(a, b)),
          values.length,
        );
      },
    };
  },
};
