import { join } from 'node:path';
import { atomicWrite } from '../../core/atomicWrite.js';
import { sha256 } from '../../core/digest.js';
import { NasDistillError } from '../../core/errors.js';
import type { Normalisation } from '../../data/Dataset.js';
import { companionFiles, encodingOf } from '../../data/samples.js';
import { checkClaims, checkInputKind, checkOutputKind, examine, type Examples } from '../importChecks.js';
import { checkTeacherName, writeRecord } from '../teacherFiles.js';
import type { TeacherRecord } from '../TeacherRecord.js';
import { examineOnnx, type OnnxOptions } from './examineOnnx.js';
import { asOnnxTeacher, onnxFile } from './openOnnxTeacher.js';
import { readsTokens } from './tokenPorts.js';

/**
 * Takes an ONNX model in as a teacher: checked as data, asked once, stored in one file.
 * @param options.examples samples on which the order of its classes is checked before anything is stored
 * @returns the stored record and, with examples, the accuracy on them
 * @throws NasDistillError TEACHER or MODEL if the model is not what was said of it, STORAGE if it cannot be stored
 */
export async function importOnnx(options: {
  teachersDir: string;
  name: string;
  file: string;
  classes: readonly string[];
  normalisation: Normalisation;
  probabilities: boolean;
  onnx: OnnxOptions;
  examples?: Examples;
}): Promise<{ record: TeacherRecord; accuracy?: number }> {
  const { teachersDir, name, file, classes, normalisation, probabilities, examples } = options;
  checkTeacherName(name);
  const { readForeignModel } = await import('../../engines/onnx/foreign/readForeignModel.js');
  const model = readForeignModel(file);
  const dataset = examples?.dataset;
  const encoding = dataset && encodingOf(dataset);
  checkInputKind(file, readsTokens(model), encoding);
  const found = await examineOnnx(file, model, options.onnx, dataset);
  const channels = encoding === undefined ? found.input[2] : undefined;
  checkClaims(file, { name, output: found.output, channels, classes, normalisation });
  const unusable = found.answers.find((value) => !Number.isFinite(value));
  if (unusable !== undefined) {
    throw new NasDistillError('TEACHER', `${file}: it answers samples of noise with ${unusable}`, {
      hint: 'Its weights are damaged: export it again.',
    });
  }
  checkOutputKind(found.answers, classes.length, probabilities, file);
  const record: TeacherRecord = {
    format: 1,
    name,
    kind: 'onnx',
    family: `ONNX of ${model.producer}`,
    classes: [...classes],
    input: [...found.input],
    ...(encoding === undefined ? {} : { encoding }),
    normalisation: { mean: [...normalisation.mean], std: [...normalisation.std] },
    probabilities,
    onnx: found.parts,
    weightsDigest: sha256(model.bytes),
    params: model.params,
    createdAt: Date.now(),
  };
  const accuracy = examples && (await examine(asOnnxTeacher(file, model.bytes, record), 'onnx', examples));
  atomicWrite(join(teachersDir, name, 'model', onnxFile), model.bytes);
  for (const { name: companion, content } of dataset ? companionFiles(dataset) : []) {
    atomicWrite(join(teachersDir, name, companion), content);
  }
  writeRecord(teachersDir, record);
  return { record, ...(accuracy === undefined ? {} : { accuracy }) };
}
