import { epochOrder, emptyBatch, fillBatch } from '../data/batches.js';
import { computeNormalisation } from '../data/normalisation.js';
import { createRng } from '../core/rng.js';
import type { Engine, HostTensor } from '../engines/Engine.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { ProbedModel, type ProbeBatch } from '../proxies/ProbedModel.js';
import { classOrder } from '../teachers/classOrder.js';
import { openTeacher } from '../teachers/openTeacher.js';
import { runTeacher } from '../teachers/runTeacher.js';
import { firstOf, type TeacherModel } from '../teachers/TeacherModel.js';
import type { TeacherRecord } from '../teachers/TeacherRecord.js';
import { openEngine } from '../engines/registry.js';
import { cores } from './flags.js';
import type { Io } from './Io.js';
import type { StudyGround } from './openStudy.js';
import { resultPaths } from './paths.js';

const batchSize = 64;

/** Puts models of a study before its one batch: its own training samples, its teacher's answers to them. */
export async function openProbe(
  io: Io,
  { config, dataset, splits }: Pick<StudyGround, 'config' | 'dataset' | 'splits'>,
  record: TeacherRecord,
  engine: Engine,
): Promise<(spec: ModelSpec) => ProbedModel> {
  const order = epochOrder(splits.train.length, `${config.seed}/probe`, 0);
  const indices = Int32Array.from({ length: batchSize }, (_, i) => splits.train[order[i % order.length]]);
  const image = emptyBatch(dataset, batchSize);
  const normalisation = computeNormalisation(dataset, splits.train);
  fillBatch({ dataset, indices, start: 0, size: batchSize, normalisation, out: image.data });
  const classes = dataset.classes.length;
  const targets = filled([batchSize, classes]);
  indices.forEach((index, i) => (targets.data[i * classes + dataset.labels[index]] = 1));
  const opened = await openTeacher(resultPaths(io.resultsDir).teachers, record);
  const teacher = firstOf(opened);
  const teacherEngine = teacher.engine === undefined ? engine : await openEngine(teacher.engine, { threads: cores() });
  let batch: ProbeBatch;
  try {
    const tap = deepest(teacher.taps);
    const columns = classOrder(record, dataset);
    const logits = filled([batchSize, classes]);
    const features = filled([batchSize, tap === undefined ? classes : sizeOf(teacher.taps[tap])]);
    await runTeacher({
      teacher,
      engine: teacherEngine,
      dataset,
      indices,
      taps: tap === undefined ? [] : [tap],
      onBatch: (start, rows, outputs) => {
        const answers = outputs.logits;
        for (let r = 0; r < rows; r++) {
          columns.forEach((column, c) => (logits.data[(start + r) * classes + c] = answers[r * classes + column]));
        }
        const size = features.shape[1];
        // A teacher without taps is compared by what it says.
        if (tap === undefined) features.data.set(logits.data);
        else features.data.set(outputs[`tap/${tap}`].subarray(0, rows * size), start * size);
      },
    });
    batch = { image, targets, teacher: { logits, features } };
  } finally {
    if (teacherEngine !== engine) teacherEngine.close();
    opened.dispose();
  }
  return (spec) => new ProbedModel(engine, spec, batch, createRng(`${config.seed}/probe`));
}

/** The last tap that is a grid or a sequence, else the last of all. */
function deepest(taps: TeacherModel['taps']): string | undefined {
  const all = Object.entries(taps).filter(([name]) => !name.includes('weights'));
  return (all.filter(([, shape]) => shape.length > 1).at(-1) ?? all.at(-1))?.[0];
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function filled(shape: readonly number[]): HostTensor & { data: Float32Array } {
  return { shape, dtype: 'float32', data: new Float32Array(sizeOf(shape)) };
}
