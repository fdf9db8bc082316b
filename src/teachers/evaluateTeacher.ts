import type { Dataset } from '../data/Dataset.js';
import type { Engine } from '../engines/Engine.js';
import { teacherLogits } from './teacherLogits.js';
import type { TeacherModel } from './TeacherModel.js';

export interface TeacherEvaluation {
  readonly samples: number;
  readonly accuracy: number;
  /** Mean probability of the predicted class. */
  readonly confidence: number;
  /** Mean entropy of the answers as a share of that of guessing, 0..1. */
  readonly entropy: number;
  /** Accuracy for each class of the data; NaN for a class without images. */
  readonly perClass: readonly number[];
  /** How often each class was predicted. */
  readonly predicted: readonly number[];
}

/** Accuracy and confidence of a teacher on images of the student's own data. */
export async function evaluateTeacher(
  teacher: TeacherModel,
  engine: Engine,
  dataset: Dataset,
  indices: Int32Array,
): Promise<TeacherEvaluation> {
  return evaluateAnswers(await teacherLogits(teacher, engine, dataset, indices), dataset, indices);
}

/** The same of answers that are there already: logits [samples, classes], row after row, in the order of the data's classes. */
export function evaluateAnswers(logits: Float32Array, dataset: Dataset, indices: Int32Array): TeacherEvaluation {
  const classes = dataset.classes.length;
  const seen = new Array<number>(classes).fill(0);
  const right = new Array<number>(classes).fill(0);
  const predicted = new Array<number>(classes).fill(0);
  let confidence = 0;
  let entropy = 0;
  for (let r = 0; r < indices.length; r++) {
    const row = logits.subarray(r * classes, (r + 1) * classes);
    const top = row.reduce((a, b) => Math.max(a, b));
    const best = row.indexOf(top);
    const sum = row.reduce((total, value) => total + Math.exp(value - top), 0);
    const label = dataset.labels[indices[r]];
    confidence += 1 / sum;
    // -sum p log p, with log p = (value - top) - log sum.
    entropy += Math.log(sum) - row.reduce((total, value) => total + (Math.exp(value - top) / sum) * (value - top), 0);
    seen[label]++;
    predicted[best]++;
    if (best === label) right[label]++;
  }
  const samples = indices.length;
  return {
    samples,
    accuracy: right.reduce((a, b) => a + b, 0) / samples,
    confidence: confidence / samples,
    entropy: entropy / samples / Math.log(classes),
    perClass: right.map((n, i) => n / seen[i]),
    predicted,
  };
}
