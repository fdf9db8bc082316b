// Chen et al.: Distilling Knowledge via Knowledge Review, arXiv:2104.09044, sections 3.2 and 3.3. From the deepest level
// to the shallowest, an attention-based fusion (ABF) joins what came from deeper levels with the level's own features:
// x = BN(conv1x1(s)); z = sigmoid(conv1x1([x, deeper])); x <- z0 * x + z1 * deeper; compared is BN(conv3x3(x)).
// Hierarchical context loss (HCL): mean squares at the full grid, and 1/2, 1/4, 1/8 of those of the grids pooled to 4, 2
// and 1, over the sum of these weights; levels that are not smaller than the grid are left out. Sum over the levels.
// Departs from the authors' code in resizing bilinearly (there: nearest).
import { add, concat, div, mul, sigmoid, slice, sub, type Tensor, type Tensor4D } from '../../engines/tf.js';
import { gridsOf, meanSquare, poolGrid, resizeGrid, toGrid } from '../adapter.js';
import { batchNormed, conv3x3, linear, linearValues, normValues, prefixed } from '../dense.js';
import { randomTensor } from '../hostValues.js';
import { parseOptions } from '../parseOptions.js';
import { teacherOf } from './defineLoss.js';
import { shapeOf } from './featureLoss.js';
import type { LossEntry, Shapes } from './LossEntry.js';
import { pairedTapsSchema, pairsOf } from './tapLists.js';

const levels = [4, 2, 1];
const widest = 512;

/** @param student @param teacher features [B, H, W, C] of one shape @returns [] */
export function hclLoss(student: Tensor4D, teacher: Tensor4D): Tensor {
  const side = Math.min(student.shape[1], student.shape[2]);
  let total = meanSquare(sub(student, teacher));
  let weights = 1;
  let weight = 1;
  for (const level of levels.filter((size) => size < side)) {
    weight /= 2;
    weights += weight;
    const difference = sub(poolGrid(student, level, level), poolGrid(teacher, level, level));
    total = add(total, mul(meanSquare(difference), weight));
  }
  return div(total, weights);
}

/** The gate of ABF. @param own @param deeper features [B, H, W, M] @param gate params by `gate/kernel`, `gate/bias` */
export function fuse(
  own: Tensor4D,
  deeper: Tensor4D,
  params: Readonly<Record<string, Tensor>>,
  prefix: string,
): Tensor4D {
  const gates = sigmoid(linear(concat([own, deeper], 3), params, `${prefix}gate/`));
  const at = (i: number) => slice(gates, [0, 0, 0, i], [own.shape[0], own.shape[1], own.shape[2], 1]);
  return add(mul(own, at(0)), mul(deeper, at(1)));
}

const optionsSchema = pairedTapsSchema(['stage1', 'stage2', 'stage3'], ['block1', 'block2', 'block3']);

export const review: LossEntry = {
  summary: 'deeper levels of the student review the shallower ones of the teacher',
  paper: 'arXiv:2104.09044',
  options: optionsSchema,
  create: (given) => {
    const taps = pairsOf(parseOptions('loss review', optionsSchema, given));
    const gridsIn = (student: Shapes, teacher: Shapes) =>
      taps.map((pair) =>
        gridsOf(pair, shapeOf(student, pair.student, 'student'), shapeOf(teacher, pair.teacher, 'teacher')),
      );
    return {
      needsTeacher: true,
      usesLogits: false,
      taps,
      init: (student, teacher, rng) => {
        const grids = gridsIn(student, teacher);
        const middle = Math.min(widest, grids[grids.length - 1].from.channels);
        const values = grids.map(({ from, to }, level) => {
          const own = rng.fork(level);
          return {
            ...prefixed(`${level}/in/`, {
              kernel: linearValues(own.fork('in'), from.channels, middle).kernel,
              ...normValues(middle),
            }),
            ...(level === grids.length - 1
              ? {}
              : prefixed(`${level}/gate/`, linearValues(own.fork('gate'), 2 * middle, 2))),
            ...prefixed(`${level}/out/`, {
              kernel: randomTensor(own.fork('out'), [3, 3, middle, to.channels], 9 * middle),
              ...normValues(to.channels),
            }),
          };
        });
        return Object.assign({}, ...values) as (typeof values)[number];
      },
      value: (input) => {
        const answers = teacherOf(input).taps;
        const shapes = (of: Readonly<Record<string, Tensor>>) =>
          Object.fromEntries(Object.entries(of).map(([name, tensor]) => [name, tensor.shape.slice(1)]));
        const grids = gridsIn(shapes(input.student.taps), shapes(answers));
        let deeper: Tensor4D | undefined;
        let total: Tensor | undefined;
        for (let level = taps.length - 1; level >= 0; level--) {
          const { from, to } = grids[level];
          const p = input.params;
          const features = toGrid(input.student.taps[taps[level].student], from);
          let x = batchNormed(linear(features, p, `${level}/in/`), p, `${level}/in/`) as Tensor4D;
          if (deeper !== undefined) x = fuse(x, resizeGrid(deeper, from.height, from.width), p, `${level}/`);
          deeper = x;
          const out = conv3x3(resizeGrid(x, to.height, to.width), p[`${level}/out/kernel`]);
          const compared = batchNormed(out, p, `${level}/out/`) as Tensor4D;
          const value = hclLoss(compared, toGrid(answers[taps[level].teacher], to));
          total = total === undefined ? value : add(total, value);
        }
        return total as Tensor;
      },
    };
  },
};
