import { NasDistillError } from '../core/errors.js';
import type { Dataset } from '../data/Dataset.js';
import type { TeacherRecord } from './TeacherRecord.js';

/**
 * Column of the teacher's logits for each class of the data: the teacher's classes may come in another order.
 * @throws NasDistillError TEACHER if the classes or the input shape are not the data's.
 */
export function classOrder(record: TeacherRecord, dataset: Dataset): number[] {
  const where = `teacher ${record.name} does not fit data set ${dataset.name}`;
  if (record.classes.length !== dataset.classes.length) {
    throw new NasDistillError(
      'TEACHER',
      `${where}: it knows ${record.classes.length} classes, the data has ${dataset.classes.length}`,
      {
        hint: 'Use a teacher of these classes: nas-distill teacher list',
      },
    );
  }
  if (record.input.some((size, i) => size !== dataset.shape[i])) {
    throw new NasDistillError(
      'TEACHER',
      `${where}: its input is ${record.input.join('x')}, the images are ${dataset.shape.join('x')}`,
      {
        hint: "Open the images at the teacher's size (--image-size), or use a teacher of this size.",
      },
    );
  }
  const missing = dataset.classes.filter((name) => !record.classes.includes(name));
  if (missing.length > 0) {
    throw new NasDistillError(
      'TEACHER',
      `${where}: it does not know the class "${missing[0]}"${missing.length > 1 ? ` and ${missing.length - 1} more` : ''}`,
      {
        hint: "Name the classes in the order of the model's outputs when importing: --classes a,b,c",
      },
    );
  }
  return dataset.classes.map((name) => record.classes.indexOf(name));
}
