import { join } from 'node:path';
import { NasDistillError } from '../core/errors.js';
import type { StepFunction, Tensors } from '../engines/Engine.js';
import { applyModel } from '../models/applyModel.js';
import { tapShapes } from '../models/inferShapes.js';
import { openImportedModel } from './openImportedModel.js';
import { isForeign, openForeignTeacher } from './foreign/openForeignTeacher.js';
import { openTeam } from './openTeam.js';
import { readRecord, readSpecWeights } from './teacherFiles.js';
import { compiledTeacher, type SingleTeacher, type TeacherModel } from './TeacherModel.js';
import { teacherDigest, type TeacherRecord } from './TeacherRecord.js';

/** Opens a stored teacher, or several. @throws NasDistillError TEACHER if its files are damaged. */
export async function openTeacher(teachersDir: string, record: TeacherRecord): Promise<TeacherModel> {
  if (record.kind !== 'team') return openSingle(teachersDir, record);
  return openTeam(record, (name) => openSingle(teachersDir, readRecord(teachersDir, name)));
}

async function openSingle(teachersDir: string, record: TeacherRecord): Promise<SingleTeacher> {
  if (isForeign(record.kind)) return openForeignTeacher(join(teachersDir, record.name, 'model'), record);
  if (record.kind !== 'spec') return openImportedModel(join(teachersDir, record.name, 'model'), record);
  const { spec } = record;
  if (spec === undefined) throw new NasDistillError('TEACHER', `teacher ${record.name}: its model is missing`);
  const state = readSpecWeights(teachersDir, record);
  return {
    record,
    digest: teacherDigest(record),
    taps: tapShapes(spec),
    answers: (engine, wanted, image) => {
      const forward: StepFunction = (values, feeds) => {
        const result = applyModel(spec, values, feeds.image, { training: false, noise: {} });
        const outputs: Tensors = { logits: result.logits };
        for (const tap of wanted) outputs[`tap/${tap}`] = result.taps[tap];
        return { outputs };
      };
      return compiledTeacher(engine, state, forward, image);
    },
    dispose: () => undefined,
  };
}
