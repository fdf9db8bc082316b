import { NasDistillError } from '../core/errors.js';
import type { Dataset, Normalisation } from '../data/Dataset.js';
import type { Engine, EngineName } from '../engines/Engine.js';
import { openEngine } from '../engines/registry.js';
import { classOrder } from './classOrder.js';
import { runTeacher } from './runTeacher.js';
import type { SingleTeacher } from './TeacherModel.js';

/** Images of known class on which an imported teacher is asked before it is stored. */
export interface Examples {
  readonly dataset: Dataset;
  readonly indices: Int32Array;
}

/**
 * Holds what was said of a model against its shapes.
 * @param where names the model in errors
 * @throws NasDistillError TEACHER naming what does not fit
 */
export function checkClaims(
  where: string,
  claims: {
    name: string;
    output: readonly number[];
    /** Of its images; undefined: it reads no images. */
    channels: number | undefined;
    classes: readonly string[];
    normalisation: Normalisation;
  },
): void {
  const { name, output, channels, classes, normalisation } = claims;
  if (output.length !== 1 || output[0] !== classes.length) {
    throw new NasDistillError(
      'TEACHER',
      `${where}: its output is [${output.join(', ')}], but ${classes.length} classes were given`,
      {
        hint: 'Name the classes in the order of the outputs: --classes a,b,c or --data NAME.',
      },
    );
  }
  for (const key of ['mean', 'std'] as const) {
    if (channels !== undefined && normalisation[key].length !== channels) {
      throw new NasDistillError(
        'TEACHER',
        `${where}: ${channels} channels, but ${normalisation[key].length} values of --${key}`,
      );
    }
  }
  const wrong =
    normalisation.std.find((value) => !(value > 0)) ?? normalisation.mean.find((value) => !Number.isFinite(value));
  if (wrong !== undefined) {
    throw new NasDistillError('TEACHER', `teacher ${name}: ${wrong} cannot be a mean or standard deviation of pixels`, {
      hint: 'Give finite numbers of pixels in 0..1 as --mean, numbers above 0 as --std.',
    });
  }
  const twice = classes.find((label, i) => classes.indexOf(label) < i);
  if (twice !== undefined) {
    throw new NasDistillError('TEACHER', `teacher ${name}: the class "${twice}" is named twice`, {
      hint: 'Name each class once, in the order of the outputs: --classes a,b,c',
    });
  }
}

/**
 * A model of token ids needs to know whose ids they are, one of images has no such thing.
 * @throws NasDistillError TEACHER
 */
export function checkInputKind(where: string, tokens: boolean, encoding: string | undefined): void {
  if (tokens === (encoding !== undefined)) return;
  throw tokens
    ? new NasDistillError('TEACHER', `${where}: it reads ids of tokens, and whose tokens is not known`, {
        hint: 'Add --data NAME --tokenizer FILE: data of its kind, opened with the tokenizer that it was trained with.',
      })
    : new NasDistillError('TEACHER', `${where}: it reads images, the data does not hold any`, {
        hint: 'Give the data that it was trained for.',
      });
}

/** Opens the engine that the teacher answers on and checks the order of its classes. @returns its accuracy */
export async function examine(
  teacher: SingleTeacher,
  engineName: EngineName,
  { dataset, indices }: Examples,
): Promise<number> {
  const engine = await openEngine(engineName, { threads: 1 });
  try {
    return await checkClassOrder(teacher, engine, dataset, indices);
  } finally {
    engine.close();
  }
}

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
  teacher: SingleTeacher,
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
