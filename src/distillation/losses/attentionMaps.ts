// Jiao et al.: TinyBERT, arXiv:1909.10351, equation 7: mean squared difference of attention matrices, layer by layer along
// a map from student to teacher layers. Departs from it in comparing softmaxed maps, which is what taps hold (the paper
// found unnormalised scores better), and, where the numbers of heads differ, their means over the heads. Maps over grids of
// different sizes (a transformer layer inside a CNN against a ViT) are compared on the smaller grid: what looks out of a
// window is averaged, what is looked at there is added up, so that every row stays a distribution.
import { NasDistillError } from '../../core/errors.js';
import { add, div, mean, reshape, scalar, sub, sum, transpose, type Tensor, type Tensor4D } from '../../engines/tf.js';
import { meanSquare, poolGrid } from '../adapter.js';
import { parseOptions } from '../parseOptions.js';
import { teacherOf } from './defineLoss.js';
import { shapeOf } from './featureLoss.js';
import type { LossEntry } from './LossEntry.js';
import { pairedTaps, pairsOf, sameLength } from './tapLists.js';
import { z } from 'zod';

/** @param student @param teacher attention maps [B, heads, T, T]; heads may differ, T where it is a square @returns [] */
export function attentionMapsLoss(student: Tensor, teacher: Tensor): Tensor {
  const [own, other] = [sideOf(student.shape[2]), sideOf(teacher.shape[2])];
  const side = Math.min(own ?? 0, other ?? 0);
  const [s, t] =
    student.shape[2] === teacher.shape[2] ? [student, teacher] : [pooled(student, side), pooled(teacher, side)];
  if (s.shape[1] === t.shape[1]) return meanSquare(sub(s, t));
  return meanSquare(sub(mean(s, 1), mean(t, 1)));
}

/** The side of the grid that so many tokens come from; undefined if that is no square. */
function sideOf(tokens: number | undefined): number | undefined {
  const side = Math.round(Math.sqrt(tokens ?? 0));
  return side > 0 && side * side === tokens ? side : undefined;
}

/** Maps [B, heads, T, T] over a square grid -> [B, heads, side^2, side^2]. */
function pooled(maps: Tensor, side: number): Tensor {
  const [batch, heads, tokens] = maps.shape;
  const from = Math.sqrt(tokens ?? 0);
  if (from === side) return maps;
  const along = (x: Tensor, rows: number) =>
    reshape(poolGrid(reshape(x, [batch * (heads ?? 1) * rows, from, from, 1]) as Tensor4D, side, side), [
      batch,
      heads ?? 1,
      rows,
      side * side,
    ]);
  const turned = (x: Tensor) => transpose(x, [0, 1, 3, 2]);
  const keys = along(maps, from * from);
  const both = turned(along(turned(keys), side * side));
  return div(both, sum(both, -1, true));
}

const optionsSchema = sameLength(
  z.strictObject({
    ...pairedTaps(['attention1'], ['attention1']),
    missing: z
      .enum(['refuse', 'skip'])
      .default('refuse')
      .describe('what becomes of students without one of the taps: refused, or taught without that pair'),
  }),
);

export const attentionMaps: LossEntry = {
  summary: 'attention maps of transformers, layer by layer',
  paper: 'arXiv:1909.10351',
  options: optionsSchema,
  create: (given) => {
    const options = parseOptions('loss attention-maps', optionsSchema, given);
    const optional = options.missing === 'skip';
    const taps = pairsOf(options).map((pair) => ({ ...pair, optional }));
    return {
      needsTeacher: true,
      usesLogits: false,
      taps,
      init: (student, teacher) => {
        for (const pair of taps) {
          if (optional && !Object.hasOwn(student, pair.student)) continue;
          const s = shapeOf(student, pair.student, 'student');
          const t = shapeOf(teacher, pair.teacher, 'teacher');
          const areMaps = [s, t].every(([, rows, columns], i) => [s, t][i].length === 3 && rows === columns);
          if (areMaps && (s[1] === t[1] || (sideOf(s[1]) !== undefined && sideOf(t[1]) !== undefined))) continue;
          throw new NasDistillError(
            'CONFIG',
            `student tap ${pair.student} [${s.join(', ')}] cannot be compared with teacher tap ${pair.teacher} [${t.join(', ')}]`,
            { hint: 'Both must be attention maps [heads, T, T] over as many tokens, or over square grids.' },
          );
        }
        return {};
      },
      value: (input) => {
        const answers = teacherOf(input).taps;
        const present = taps.filter((pair) => !optional || Object.hasOwn(input.student.taps, pair.student));
        if (present.length === 0) return scalar(0);
        const values = present.map((pair) =>
          attentionMapsLoss(input.student.taps[pair.student], answers[pair.teacher]),
        );
        return div(
          values.reduce((a, b) => add(a, b)),
          values.length,
        );
      },
    };
  },
};
