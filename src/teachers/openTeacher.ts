import { join } from 'node:path';
import { NasDistillError } from '../core/errors.js';
import type { Tensors } from '../engines/Engine.js';
import { applyModel } from '../models/applyModel.js';
import { inferShapes } from '../models/inferShapes.js';
import { openImportedModel } from './openImportedModel.js';
import { readSpecWeights } from './teacherFiles.js';
import type { TeacherModel } from './TeacherModel.js';
import { teacherDigest, type TeacherRecord } from './TeacherRecord.js';

/** Opens a stored teacher. @throws NasDistillError TEACHER if its files are damaged. */
export async function openTeacher(teachersDir: string, record: TeacherRecord): Promise<TeacherModel> {
  if (record.kind !== 'spec') return openImportedModel(join(teachersDir, record.name, 'model'), record);
  const { spec } = record;
  if (spec === undefined) throw new NasDistillError('TEACHER', `teacher ${record.name}: its model is missing`);
  const shapes = inferShapes(spec);
  const taps = Object.entries(spec.taps).map(([tap, node]) => [tap, shapes.get(node) ?? []] as const);
  return {
    record,
    digest: teacherDigest(record),
    taps: Object.fromEntries(taps),
    state: readSpecWeights(teachersDir, record),
    forward: (wanted) => (state, feeds) => {
      const result = applyModel(spec, state, feeds.image, { training: false, noise: {} });
      const outputs: Tensors = { logits: result.logits };
      for (const tap of wanted) outputs[`tap/${tap}`] = result.taps[tap];
      return { outputs };
    },
    dispose: () => undefined,
  };
}
