import type { StudyData } from '../src/distillation/TrainingConfig.js';
import type { TapOutputs } from '../src/data/TeacherOutputs.js';

/**
 * A study's data from square grey images of known classes, those to train on first, and a teacher that knows them: its logits
 * are 4 for the label and 0 elsewhere. All arrays that are large lie in shared memory.
 * @param draw fills an image of that label
 * @param taps of the teacher
 */
export function knownStudy(options: {
  readonly name: string;
  readonly side: number;
  readonly classes: readonly string[];
  readonly counts: { readonly train: number; readonly validation: number };
  readonly normalisation: StudyData['normalisation'];
  readonly draw: (image: Uint8Array, label: number) => void;
  readonly taps?: (labels: Int32Array) => Readonly<Record<string, TapOutputs>>;
}): StudyData {
  const { name, side, classes, counts, normalisation, draw, taps = () => ({}) } = options;
  const count = counts.train + counts.validation;
  const images = new Uint8Array(new SharedArrayBuffer(count * side * side));
  const labels = new Int32Array(new SharedArrayBuffer(count * 4));
  for (let n = 0; n < count; n++) {
    labels[n] = n % classes.length;
    draw(images.subarray(n * side * side, (n + 1) * side * side), labels[n]);
  }
  const logits = new Float32Array(new SharedArrayBuffer(counts.train * classes.length * 4));
  for (let r = 0; r < counts.train; r++) logits[r * classes.length + labels[r]] = 4;
  const range = (from: number, size: number) => Int32Array.from({ length: size }, (_, i) => from + i);
  return {
    dataset: {
      name,
      digest: name,
      shape: [side, side, 1],
      classes: [...classes],
      count,
      images,
      labels,
      officialTest: new Int32Array(0),
    },
    splits: {
      train: range(0, counts.train),
      validation: range(counts.train, counts.validation),
      test: new Int32Array(0),
    },
    normalisation,
    augmentation: { shift: 0, flip: false, views: 1, seed: 1 },
    teacher: { digest: 'known', classes: classes.length, views: 1, rows: counts.train, logits, taps: taps(labels) },
  };
}
