import type { Dataset } from '../data/Dataset.js';
import type { Engine } from '../engines/Engine.js';
import { classOrder } from './classOrder.js';
import { combineLogits } from './combineLogits.js';
import { ownEngine } from './openTeam.js';
import { runTeacher } from './runTeacher.js';
import type { TeacherModel } from './TeacherModel.js';

/** A teacher's logits [samples, classes] of samples as they are, row after row, classes in the order of the data. */
export async function teacherLogits(
  teacher: TeacherModel,
  engine: Engine,
  dataset: Dataset,
  indices: Int32Array,
): Promise<Float32Array> {
  if ('members' in teacher) {
    const answers: Float32Array[] = [];
    for (const member of teacher.members) {
      const own = ownEngine(member.teacher, () => Promise.resolve(engine));
      try {
        answers.push(await teacherLogits(member.teacher, await own.open(), dataset, indices));
      } finally {
        own.close();
      }
    }
    return combineLogits(answers, teacher, dataset.classes.length);
  }
  const order = classOrder(teacher.record, dataset);
  const classes = order.length;
  const out = new Float32Array(indices.length * classes);
  await runTeacher({
    teacher,
    engine,
    dataset,
    indices,
    onBatch: (start, rows, { logits }) => {
      for (let r = 0; r < rows; r++) {
        order.forEach((column, c) => (out[(start + r) * classes + c] = logits[r * classes + column]));
      }
    },
  });
  return out;
}
