import type { Progress } from '../core/progress.js';
import type { AugmentationPolicy, Dataset } from '../data/Dataset.js';
import type { Engine } from '../engines/Engine.js';
import { classOrder } from './classOrder.js';
import { runTeacher } from './runTeacher.js';
import type { SingleTeacher, TeacherModel } from './TeacherModel.js';

/** What decides a teacher's outputs. */
export interface OutputsRequest<Teacher = TeacherModel> {
  readonly teacher: Teacher;
  readonly dataset: Dataset;
  /** Training rows, in the order of the outputs. */
  readonly rows: Int32Array;
  readonly policy: AugmentationPolicy;
  /** Taps that the study's losses ask for. */
  readonly taps: readonly string[];
}

/** How many values a teacher answers on all rows under all views. */
export function outputLengths({ teacher, dataset, rows, policy, taps }: OutputsRequest) {
  const samples = policy.views * rows.length;
  return {
    logits: samples * dataset.classes.length,
    taps: Object.fromEntries(taps.map((tap) => [tap, samples * sizeOf(teacher.taps[tap])])),
  };
}

/** Asks a teacher about all rows under all views; classes in the order of the data. */
export async function computeOutputs(
  request: OutputsRequest<SingleTeacher>,
  engine: Engine,
  progress: Progress,
): Promise<{ logits: Float32Array; taps: Readonly<Record<string, Float32Array>> }> {
  const { teacher, dataset, rows, policy, taps } = request;
  const order = classOrder(teacher.record, dataset);
  const classes = order.length;
  const lengths = outputLengths(request);
  const logits = new Float32Array(lengths.logits);
  const tapped = Object.fromEntries(taps.map((tap) => [tap, new Float32Array(lengths.taps[tap])]));
  const task = progress.start('Teacher outputs', policy.views * rows.length);
  for (let view = 0; view < policy.views; view++) {
    await runTeacher({
      teacher,
      engine,
      dataset,
      indices: rows,
      taps,
      views: { policy, view },
      onBatch: (start, count, arrays) => {
        const first = view * rows.length + start;
        for (let r = 0; r < count; r++) {
          for (let c = 0; c < classes; c++) {
            logits[(first + r) * classes + c] = arrays.logits[r * classes + order[c]];
          }
        }
        for (const tap of taps) {
          const size = sizeOf(teacher.taps[tap]);
          tapped[tap].set(arrays[`tap/${tap}`].subarray(0, count * size), first * size);
        }
        task.update(first + count);
      },
    });
  }
  task.end();
  return { logits, taps: tapped };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
