import { NasDistillError } from '../core/errors.js';
import type { Dataset } from '../data/Dataset.js';
import type { Engine } from '../engines/Engine.js';
import { classOrder } from './classOrder.js';
import { runTeacher } from './runTeacher.js';
import type { TeacherModel } from './TeacherModel.js';

/** How far a row of probabilities may be from a sum of 1 (float16 weights, a log-softmax turned back). */
const sumTolerance = 1e-3;

/**
 * Holds what was said of the outputs (logits or probabilities) against some of them: rows of `classes` values.
 * @throws NasDistillError TEACHER if they are the other kind
 */
export function checkOutputKind(answers: Float32Array, classes: number, probabilities: boolean, where: string): void {
  let sums = 0;
  for (let start = 0; start < answers.length; start += classes) {
    const row = answers.subarray(start, start + classes);
    const inside = row.every((value) => value >= 0 && value <= 1 + sumTolerance);
    if (inside && Math.abs(row.reduce((a, b) => a + b, 0) - 1) <= sumTolerance) sums++;
  }
  const looksLike = sums === answers.length / classes;
  if (looksLike === probabilities) return;
  throw probabilities
    ? new NasDistillError(
        'TEACHER',
        `${where}: its outputs are no probabilities (0 to 1, sum 1) of ${classes} classes`,
        {
          hint: 'Leave out --probabilities: outputs are taken as logits.',
        },
      )
    : new NasDistillError('TEACHER', `${where}: its outputs are probabilities (they sum to 1), not logits`, {
        hint: 'Add --probabilities.',
      });
}

/** Fewest images for each class on which another order of the classes is believed. */
const imagesPerClass = 10;
/** Share of the images that another order must get right more often. */
const clearlyBetter = 0.25;

/**
 * Lets an imported teacher answer images of known class.
 * @returns its accuracy on them
 * @throws NasDistillError TEACHER if its classes come in another order than was said: far more answers would be right
 */
export async function checkClassOrder(
  teacher: TeacherModel,
  engine: Engine,
  dataset: Dataset,
  indices: Int32Array,
): Promise<number> {
  const order = classOrder(teacher.record, dataset);
  const classes = order.length;
  /** counts[column][label]: images of that class for which that output is the largest. */
  const counts = order.map(() => new Array<number>(classes).fill(0));
  await runTeacher({
    teacher,
    engine,
    dataset,
    indices,
    onBatch: (start, rows, { logits }) => {
      for (let r = 0; r < rows; r++) {
        const row = logits.subarray(r * classes, (r + 1) * classes);
        counts[row.indexOf(row.reduce((a, b) => Math.max(a, b)))][dataset.labels[indices[start + r]]]++;
      }
    },
  });
  const share = (labelOf: readonly number[]) =>
    counts.reduce((sum, row, column) => sum + row[labelOf[column]], 0) / indices.length;
  const said = order.map((_, column) => order.indexOf(column));
  const seen = likelyOrder(counts);
  const accuracy = share(said);
  if (indices.length >= imagesPerClass * classes && share(seen) - accuracy > clearlyBetter) {
    const percent = (part: number) => `${(100 * part).toFixed(0)} %`;
    throw new NasDistillError(
      'TEACHER',
      `teacher ${teacher.record.name}: its classes come in another order: ${percent(accuracy)} of ${indices.length} images of ${dataset.name} are right as given, ${percent(share(seen))} in the order ${list(seen, dataset)}`,
      { hint: `Give the order of its outputs: --classes ${list(seen, dataset)}` },
    );
  }
  return accuracy;
}

/** The label that each output most probably stands for: the largest counts first, each output and label once. */
function likelyOrder(counts: readonly (readonly number[])[]): number[] {
  const pairs = counts.flatMap((row, column) => row.map((count, label) => ({ count, column, label })));
  pairs.sort((a, b) => b.count - a.count);
  const order = new Array<number>(counts.length).fill(-1);
  for (const { column, label } of pairs) {
    if (order[column] < 0 && !order.includes(label)) order[column] = label;
  }
  return order;
}

function list(order: readonly number[], dataset: Dataset): string {
  return order.map((label) => dataset.classes[label]).join(',');
}
