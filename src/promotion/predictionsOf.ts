import sharp from 'sharp';
import type { Dataset } from '../data/Dataset.js';
import type { Answer, Predictions } from '../store/Predictions.js';

/** Mistakes kept of the student, and as many of the teacher. */
const kept = 24;
/** Pictures of them are no larger than this, pixels a side. */
const mostPixels = 64;

export interface AnswersInput {
  readonly dataset: Dataset;
  /** Validation samples: positions in the data set. */
  readonly indices: Int32Array;
  /** Logits [samples, classes] of the same samples, row after row, by who gave them. */
  readonly logits: { readonly student: Float32Array; readonly alone?: Float32Array; readonly teacher: Float32Array };
}

/**
 * How often each class was taken for which, and the samples on which the student or the teacher erred most: the highest
 * cross entropies among the wrong answers.
 */
export async function predictionsOf({ dataset, indices, logits }: AnswersInput): Promise<Predictions> {
  const classes = dataset.classes.length;
  const labels = Int32Array.from(indices, (index) => dataset.labels[index]);
  const answered = (of: Float32Array) =>
    labels.reduce<Answer[]>((list, label, row) => {
      list.push(answerOf(of.subarray(row * classes, (row + 1) * classes), label));
      return list;
    }, []);
  const student = answered(logits.student);
  const teacher = answered(logits.teacher);
  const alone = logits.alone === undefined ? undefined : answered(logits.alone);
  const rows = [...new Set([...worst(student, labels), ...worst(teacher, labels)])];
  const examples = await Promise.all(
    rows.map(async (row) => {
      const image = await pictureOf(dataset, indices[row]);
      return {
        row,
        label: labels[row],
        ...(image === undefined ? {} : { image }),
        student: student[row],
        ...(alone === undefined ? {} : { alone: alone[row] }),
        teacher: teacher[row],
      };
    }),
  );
  return {
    format: 1,
    split: 'validation',
    classes: [...dataset.classes],
    images: indices.length,
    models: {
      student: summaryOf(student, labels),
      ...(alone === undefined ? {} : { alone: summaryOf(alone, labels) }),
      teacher: summaryOf(teacher, labels),
    },
    examples,
  };
}

/** @param row logits of one sample */
function answerOf(row: Float32Array, label: number): Answer {
  let predicted = 0;
  for (let c = 1; c < row.length; c++) if (row[c] > row[predicted]) predicted = c;
  let sum = 0;
  for (const value of row) sum += Math.exp(value - row[predicted]);
  const round = (share: number) => Number(share.toPrecision(4));
  return { predicted, probability: round(1 / sum), ofLabel: round(Math.exp(row[label] - row[predicted]) / sum) };
}

function summaryOf(answers: readonly Answer[], labels: Int32Array): Predictions['models']['student'] {
  const counts = new Map<string, [number, number, number]>();
  let right = 0;
  answers.forEach(({ predicted }, row) => {
    const label = labels[row];
    if (predicted === label) right++;
    const key = `${label} ${predicted}`;
    const cell = counts.get(key) ?? [label, predicted, 0];
    cell[2]++;
    counts.set(key, cell);
  });
  const confusion = [...counts.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return { accuracy: right / answers.length, confusion };
}

/** Rows of the wrong answers that gave the true class the least, worst first. */
function worst(answers: readonly Answer[], labels: Int32Array): number[] {
  return answers
    .flatMap(({ predicted, ofLabel }, row) => (predicted === labels[row] ? [] : [{ row, ofLabel }]))
    .sort((a, b) => a.ofLabel - b.ofLabel || a.row - b.row)
    .slice(0, kept)
    .map(({ row }) => row);
}

/** A small PNG of an image; undefined for what is no picture of one, three or four channels. */
async function pictureOf({ images, shape, text }: Dataset, index: number): Promise<string | undefined> {
  const [height, width, channels] = shape;
  if (text !== undefined || shape.length !== 3 || (channels !== 1 && channels !== 3 && channels !== 4))
    return undefined;
  const size = height * width * channels;
  // A copy: sharp takes no shared memory.
  const pixels = Uint8Array.from(images.subarray(index * size, (index + 1) * size));
  const png = await sharp(pixels, { raw: { width, height, channels } })
    .resize({ width: mostPixels, height: mostPixels, fit: 'inside', withoutEnlargement: true })
    .png({ compressionLevel: 9 })
    .toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}
