import { copyFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { NasDistillError } from '../core/errors.js';
import { makeDirectory } from '../core/makeDirectory.js';
import { storageError } from '../core/storageError.js';
import type { Normalisation } from '../data/Dataset.js';
import { readModelFiles } from './modelFiles.js';
import { loadImportedModel } from './openImportedModel.js';
import { checkTeacherName, writeRecord } from './teacherFiles.js';
import type { TeacherRecord } from './TeacherRecord.js';

/** Takes a TF.js model directory in as a teacher: checked, loaded once, copied. */
export async function importTeacher(options: {
  teachersDir: string;
  name: string;
  dir: string;
  classes: readonly string[];
  normalisation: Normalisation;
  probabilities: boolean;
}): Promise<TeacherRecord> {
  const { teachersDir, name, dir, classes, normalisation, probabilities } = options;
  checkTeacherName(name);
  const files = readModelFiles(dir);
  const imported = await loadImportedModel(dir, files);
  try {
    const [height, width, channels] = imported.input;
    if (imported.input.length !== 3) {
      throw new NasDistillError(
        'TEACHER',
        `${dir}: its input is [${imported.input.join(', ')}], an image [height, width, channels] is needed`,
      );
    }
    if (imported.output.length !== 1 || imported.output[0] !== classes.length) {
      throw new NasDistillError(
        'TEACHER',
        `${dir}: its output is [${imported.output.join(', ')}], but ${classes.length} classes were given`,
        {
          hint: 'Name the classes in the order of the outputs: --classes a,b,c or --data NAME.',
        },
      );
    }
    for (const key of ['mean', 'std'] as const) {
      if (normalisation[key].length !== channels) {
        throw new NasDistillError(
          'TEACHER',
          `${dir}: ${channels} channels, but ${normalisation[key].length} values of --${key}`,
        );
      }
    }
    const record: TeacherRecord = {
      format: 1,
      name,
      kind: files.kind,
      family: imported.family,
      classes: [...classes],
      input: [height, width, channels],
      normalisation: { mean: [...normalisation.mean], std: [...normalisation.std] },
      probabilities,
      weightsDigest: files.digest,
      params: files.params,
      createdAt: Date.now(),
    };
    copyModel(dir, files.files, join(teachersDir, name, 'model'));
    writeRecord(teachersDir, record);
    return record;
  } finally {
    imported.dispose();
  }
}

/** Copies all files beside the place first: where the disk fills up, a teacher of that name stays as it was. */
function copyModel(from: string, files: readonly string[], target: string): void {
  const copy = `${target}.${process.pid}.tmp`;
  makeDirectory(copy);
  try {
    for (const file of files) copyFileSync(join(from, file), join(copy, file));
    rmSync(target, { recursive: true, force: true });
    renameSync(copy, target);
  } catch (error) {
    rmSync(copy, { recursive: true, force: true });
    throw storageError(target, error);
  }
}
