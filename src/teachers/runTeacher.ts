import { emptyBatch, fillBatch } from '../data/batches.js';
import type { AugmentationPolicy, Dataset } from '../data/Dataset.js';
import type { Engine } from '../engines/Engine.js';
import { NasDistillError } from '../core/errors.js';
import type { SingleTeacher } from './TeacherModel.js';

const batchSize = 128;

/**
 * Runs the teacher over images, in order, and hands out each batch's outputs. The last batch is padded with its last
 * image; `rows` says how many of the outputs count.
 * @param view with a policy: the seeded view that is shown; without: the image as it is
 */
export async function runTeacher(options: {
  teacher: SingleTeacher;
  engine: Engine;
  dataset: Dataset;
  indices: Int32Array;
  taps?: readonly string[];
  views?: { policy: AugmentationPolicy; view: number };
  onBatch(start: number, rows: number, outputs: Readonly<Record<string, Float32Array>>): void;
}): Promise<void> {
  const { teacher, engine, dataset, indices, taps = [], views } = options;
  const size = Math.min(batchSize, indices.length);
  const image = emptyBatch(dataset, size);
  const answering = await teacher.answers(engine, taps, image);
  const batch = new Int32Array(size);
  try {
    for (let start = 0; start < indices.length; start += size) {
      const rows = Math.min(size, indices.length - start);
      for (let i = 0; i < size; i++) batch[i] = indices[start + Math.min(i, rows - 1)];
      fillBatch({
        dataset,
        indices: batch,
        start: 0,
        size,
        normalisation: teacher.record.normalisation,
        out: image.data,
        ...(views ? { policy: views.policy, view: views.view, pool: indices } : {}),
      });
      const outputs = await answering.run(image);
      const arrays: Record<string, Float32Array> = {};
      for (const [name, tensor] of Object.entries(outputs)) {
        if (!(tensor.data instanceof Float32Array)) {
          throw new NasDistillError(
            'TEACHER',
            `teacher ${teacher.record.name}: output ${name} is ${tensor.dtype}, not float32`,
          );
        }
        arrays[name] = tensor.data;
      }
      options.onBatch(start, rows, arrays);
    }
  } finally {
    answering.dispose();
  }
}
