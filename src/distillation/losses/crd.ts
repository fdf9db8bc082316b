// Tian, Krishnan, Isola: Contrastive Representation Distillation, arXiv:1910.10699, section 3. Both networks' features are
// projected to unit vectors; the student's of an image must agree with the teacher's of the same image and with none of
// the negatives, which are the rest of the batch and a memory bank of the teacher's earlier embeddings:
// -mean_i log(exp(s_i.t_i / tau) / (exp(s_i.t_i / tau) + sum_negatives exp(s_i.n / tau))).
// Departs from the paper: InfoNCE (as in arXiv:2101.04731) instead of its noise-contrastive estimate; a first-in first-out
// bank (as in MoCo, arXiv:1911.05722) instead of a slot for each training image with momentum, so that a step needs no
// index of its images; negatives may be of the same class; one direction (student against teacher), not both.
import { z } from 'zod';
import {
  add,
  concat,
  div,
  exp,
  log,
  logSumExp,
  matMul,
  mean,
  mul,
  slice,
  sub,
  sum,
  type Tensor,
} from '../../engines/tf.js';
import { gridOf, toGrid } from '../adapter.js';
import { NasDistillError } from '../../core/errors.js';
import type { HostTensors } from '../../engines/Engine.js';
import { linear, linearValues, prefixed } from '../dense.js';
import { parseOptions } from '../parseOptions.js';
import { unitRows } from '../unitRows.js';
import { constantOf } from '../constantOf.js';
import { teacherOf } from './defineLoss.js';
import { shapeOf, tapOptions } from './featureLoss.js';
import type { LossEntry } from './LossEntry.js';

/** @param student @param teacher [B, F] of length 1 @param bank [K, F] of length 1; absent: the batch alone @returns [] */
export function crdLoss(student: Tensor, teacher: Tensor, bank: Tensor | undefined, temperature: number): Tensor {
  const banks = bank === undefined ? [teacher] : [teacher, bank];
  const scaled = div(student, temperature);
  const own = sum(mul(scaled, teacher), -1);
  const alike = banks.map((others) => matMul(scaled, others, false, true));
  if (temperature < coldest) {
    return mean(sub(logSumExp(alike.length === 1 ? alike[0] : concat(alike, 1), -1), own));
  }
  // A cosine is at most 1, so that no exponential needs the largest of its row taken off: fewer passes over a large bank.
  const sums = alike.map((exponents) => sum(exp(exponents), -1));
  return mean(sub(log(sums.reduce((x, y) => add(x, y))), own));
}

/** From here up the exponentials stay below e^20, and the sum over any bank far below the largest float32. */
const coldest = 0.05;

/** The bank with a batch put in front and the oldest taken out. */
export function movedBank(bank: Tensor, batch: Tensor): Tensor {
  const [size, features] = bank.shape;
  const count = Math.min(size, batch.shape[0]);
  const added = slice(batch, [0, 0], [count, features ?? 0]);
  return count === size ? added : concat([added, slice(bank, [0, 0], [size - count, features ?? 0])], 0);
}

const optionsSchema = z.strictObject({
  ...tapOptions,
  dimensions: z.number().int().positive().default(128).describe('size of both projections'),
  temperature: z.number().positive().default(0.07).describe('how sharply negatives are pushed away'),
  bank: z
    .number()
    .int()
    .nonnegative()
    .default(16384)
    .describe("the teacher's embeddings kept as negatives; 0: the batch alone"),
});

export const crd: LossEntry = {
  summary: "each image's embedding nearest to the teacher's own, against a memory of others",
  paper: 'arXiv:1910.10699',
  options: optionsSchema,
  create: (given) => {
    const { student, teacher, dimensions, temperature, bank } = parseOptions('loss crd', optionsSchema, given);
    const channels = (whose: string, tap: string, shape: readonly number[]) => {
      const grid = gridOf(shape);
      if (grid !== undefined) return grid;
      throw new NasDistillError('CONFIG', `loss crd: the ${whose}'s tap ${tap} [${shape.join(', ')}] is no grid`, {
        hint: 'Taps must be grids [H, W, C], square token sequences [T, C] or vectors [C].',
      });
    };
    const pooled = (whose: string, tap: string, features: Tensor) =>
      mean(toGrid(features, channels(whose, tap, features.shape.slice(1))), [1, 2]);
    return {
      needsTeacher: true,
      usesLogits: false,
      taps: [{ student, teacher }],
      init: (own, other, rng) => {
        const from = channels('student', student, shapeOf(own, student, 'student')).channels;
        const to = channels('teacher', teacher, shapeOf(other, teacher, 'teacher')).channels;
        return {
          ...prefixed('student/', linearValues(rng.fork('student'), from, dimensions)),
          ...prefixed('teacher/', linearValues(rng.fork('teacher'), to, dimensions)),
        };
      },
      memory: (_shapes, rng): HostTensors => {
        if (bank === 0) return {};
        const data = Float32Array.from({ length: bank * dimensions }, () => rng.normal());
        for (let row = 0; row < bank; row++) {
          const values = data.subarray(row * dimensions, (row + 1) * dimensions);
          const length = Math.hypot(...values);
          values.forEach((value, i) => (values[i] = value / length));
        }
        return { bank: { shape: [bank, dimensions], dtype: 'float32', data } };
      },
      value: (input) => {
        const { params, memory, remember } = input;
        const answers = teacherOf(input);
        const s = unitRows(linear(pooled('student', student, input.student.taps[student]), params, 'student/'));
        const t = unitRows(linear(pooled('teacher', teacher, answers.taps[teacher]), params, 'teacher/'));
        if (bank > 0) remember('bank', movedBank(memory.bank, constantOf(t)));
        return crdLoss(s, t, bank > 0 ? memory.bank : undefined, temperature);
      },
    };
  },
};
