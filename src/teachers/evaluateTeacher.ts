import type { Dataset } from '../data/Dataset.js';
import type { Engine } from '../engines/Engine.js';
import { classOrder } from './classOrder.js';
import { runTeacher } from './runTeacher.js';
import type { TeacherModel } from './TeacherModel.js';

export interface TeacherEvaluation {
  readonly accuracy: number;
  /** Mean probability of the predicted class. */
  readonly confidence: number;
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
  const order = classOrder(teacher.record, dataset);
  const classes = order.length;
  const seen = new Array<number>(classes).fill(0);
  const right = new Array<number>(classes).fill(0);
  const predicted = new Array<number>(classes).fill(0);
  let confidence = 0;
  await runTeacher({
    teacher,
    engine,
    dataset,
    indices,
    onBatch: (start, rows, { logits }) => {
      for (let r = 0; r < rows; r++) {
        const row = order.map((column) => logits[r * classes + column]);
        const top = Math.max(...row);
        const best = row.indexOf(top);
        const label = dataset.labels[indices[start + r]];
        confidence += 1 / row.reduce((sum, value) => sum + Math.exp(value - top), 0);
        seen[label]++;
        predicted[best]++;
        if (best === label) right[label]++;
      }
    },
  });
  const total = indices.length;
  return {
    accuracy: right.reduce((a, b) => a + b, 0) / total,
    confidence: confidence / total,
    perClass: right.map((n, i) => n / seen[i]),
    predicted,
  };
}
