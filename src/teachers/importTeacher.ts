import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { atomicWrite } from '../core/atomicWrite.js';
import type { Normalisation } from '../data/Dataset.js';
import { companionFiles, encodingOf } from '../data/samples.js';
import { checkClaims, checkInputKind, checkOutputKind, examine, type Examples } from './importChecks.js';
import { readModelFiles } from './modelFiles.js';
import { asTeacher, loadImportedModel } from './openImportedModel.js';
import { replaceDirectory } from './replaceDirectory.js';
import { checkTeacherName, writeRecord } from './teacherFiles.js';
import type { TeacherRecord } from './TeacherRecord.js';

/**
 * Takes a TF.js model directory in as a teacher: checked, loaded once, copied.
 * @param options.examples images on which the order of its classes is checked before anything is stored
 * @returns the stored record and, with examples, the accuracy on them
 * @throws NasDistillError TEACHER if the model is not what was said of it, STORAGE if it cannot be stored
 */
export async function importTeacher(options: {
  teachersDir: string;
  name: string;
  dir: string;
  classes: readonly string[];
  normalisation: Normalisation;
  probabilities: boolean;
  examples?: Examples;
}): Promise<{ record: TeacherRecord; accuracy?: number }> {
  const { teachersDir, name, dir, classes, normalisation, probabilities } = options;
  checkTeacherName(name);
  const files = readModelFiles(dir);
  const imported = await loadImportedModel(dir, files);
  try {
    const encoding = options.examples && encodingOf(options.examples.dataset);
    checkInputKind(dir, imported.inputType === 'int32', encoding);
    const channels = encoding === undefined ? imported.input[2] : undefined;
    checkClaims(dir, { name, output: imported.output, channels, classes, normalisation });
    checkOutputKind(imported.answers, classes.length, probabilities, dir);
    const record: TeacherRecord = {
      format: 1,
      name,
      kind: files.kind,
      family: imported.family,
      classes: [...classes],
      input: [...imported.input],
      ...(encoding === undefined ? {} : { encoding }),
      normalisation: { mean: [...normalisation.mean], std: [...normalisation.std] },
      probabilities,
      weightsDigest: files.digest,
      params: files.params,
      createdAt: Date.now(),
    };
    const accuracy = options.examples && (await examine(asTeacher(imported, record), 'wasm', options.examples));
    replaceDirectory(join(teachersDir, name, 'model'), (copy) => {
      for (const file of files.files) copyFileSync(join(dir, file), join(copy, file));
    });
    for (const file of options.examples ? companionFiles(options.examples.dataset) : []) {
      atomicWrite(join(teachersDir, name, file.name), file.content);
    }
    writeRecord(teachersDir, record);
    return { record, ...(accuracy === undefined ? {} : { accuracy }) };
  } finally {
    imported.dispose();
  }
}
