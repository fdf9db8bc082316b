import { NasDistillError } from '../core/errors.js';
import type { Dataset } from '../data/Dataset.js';
import { encodingOf, samplesOf } from '../data/samples.js';
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
  checkEncoding(where, record, dataset);
  if (record.input.some((size, i) => size !== dataset.shape[i])) {
    throw new NasDistillError(
      'TEACHER',
      `${where}: its input is ${record.input.join('x')}, the ${samplesOf(dataset)} are ${dataset.shape.join('x')}`,
      {
        hint: "Open the data at the teacher's size (images: --image-size, texts: --tokens), or use a teacher of this size.",
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

/** A teacher and its students are fed the same numbers, so they must mean the same. */
function checkEncoding(where: string, record: TeacherRecord, dataset: Dataset): void {
  const encoding = encodingOf(dataset);
  if (record.encoding === encoding) return;
  if (record.encoding === undefined || encoding === undefined) {
    const kind = encoding === undefined ? 'texts' : 'images';
    throw new NasDistillError('TEACHER', `${where}: it reads ${kind}, the data holds ${samplesOf(dataset)}`, {
      hint: 'Use another teacher: nas-distill teacher list',
    });
  }
  const short = (digest: string) => digest.slice(0, 8);
  throw new NasDistillError(
    'TEACHER',
    `${where}: its vocabulary (${short(record.encoding)}) is another than the data's (${short(encoding)})`,
    { hint: `Open the data with the teacher's: --tokenizer FILE, the tokenizer.json beside its teacher.json.` },
  );
}
