import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { atomicWrite } from '../../core/atomicWrite.js';
import { NasDistillError } from '../../core/errors.js';
import type { Normalisation } from '../../data/Dataset.js';
import { companionFiles, encodingOf } from '../../data/samples.js';
import type { ForeignGraph } from '../../engines/foreign/ForeignGraph.js';
import { openEngine } from '../../engines/registry.js';
import { checkClaims, checkInputKind, checkOutputKind, examine, type Examples } from '../importChecks.js';
import { replaceDirectory } from '../replaceDirectory.js';
import { checkTeacherName, writeRecord } from '../teacherFiles.js';
import type { TeacherRecord } from '../TeacherRecord.js';
import { examineGraph, type GraphOptions } from './examineGraph.js';
import { asForeignTeacher, foreignEngines, onnxFile, type ForeignKind } from './openForeignTeacher.js';
import { readsTokens } from './tokenPorts.js';

/** A graph of another framework, and how it is stored below a teacher's directory. */
interface Source {
  readonly graph: ForeignGraph;
  /** Family of the teacher's record. */
  readonly family: string;
  store(target: string): void;
}

/**
 * Takes an ONNX file or a TensorFlow SavedModel in as a teacher: checked as data, asked once, stored.
 * @param options.path the file, or the SavedModel's directory
 * @param options.examples samples on which the order of its classes is checked before anything is stored
 * @returns the stored record and, with examples, the accuracy on them
 * @throws NasDistillError TEACHER or MODEL if the model is not what was said of it, STORAGE if it cannot be stored,
 * ENGINE_MISSING for a SavedModel without the native engine
 */
export async function importForeign(options: {
  teachersDir: string;
  name: string;
  kind: ForeignKind;
  path: string;
  classes: readonly string[];
  normalisation: Normalisation;
  probabilities: boolean;
  graph: GraphOptions;
  examples?: Examples;
}): Promise<{ record: TeacherRecord; accuracy?: number }> {
  const { teachersDir, name, kind, path, classes, normalisation, probabilities, examples } = options;
  checkTeacherName(name);
  const { graph, family, store } = kind === 'onnx' ? await onnxSource(path) : await savedModelSource(path);
  const dataset = examples?.dataset;
  const encoding = dataset && encodingOf(dataset);
  checkInputKind(path, readsTokens(graph), encoding);
  const engineName = foreignEngines[kind];
  const engine = await openEngine(engineName, { threads: 1 });
  try {
    const found = await examineGraph(graph, options.graph, dataset);
    const channels = encoding === undefined ? found.input[2] : undefined;
    checkClaims(path, { name, output: found.output, channels, classes, normalisation });
    const unusable = found.answers.find((value) => !Number.isFinite(value));
    if (unusable !== undefined) {
      throw new NasDistillError('TEACHER', `${path}: it answers samples of noise with ${unusable}`, {
        hint: 'Its weights are damaged: export it again.',
      });
    }
    checkOutputKind(found.answers, classes.length, probabilities, path);
    const record: TeacherRecord = {
      format: 1,
      name,
      kind,
      family,
      classes: [...classes],
      input: [...found.input],
      ...(encoding === undefined ? {} : { encoding }),
      normalisation: { mean: [...normalisation.mean], std: [...normalisation.std] },
      probabilities,
      ...(kind === 'onnx' ? { onnx: found.parts } : { savedModel: found.parts }),
      weightsDigest: graph.digest,
      params: graph.params,
      createdAt: Date.now(),
    };
    const accuracy = examples && (await examine(asForeignTeacher(record, graph.open), engineName, examples));
    store(join(teachersDir, name, 'model'));
    for (const { name: companion, content } of dataset ? companionFiles(dataset) : []) {
      atomicWrite(join(teachersDir, name, companion), content);
    }
    writeRecord(teachersDir, record);
    return { record, ...(accuracy === undefined ? {} : { accuracy }) };
  } finally {
    engine.close();
  }
}

async function onnxSource(file: string): Promise<Source> {
  const { readForeignModel } = await import('../../engines/onnx/foreign/readForeignModel.js');
  const graph = readForeignModel(file);
  const store = (target: string) => atomicWrite(join(target, onnxFile), graph.bytes);
  return { graph, family: `ONNX of ${graph.producer}`, store };
}

async function savedModelSource(dir: string): Promise<Source> {
  const { readSavedModel } = await import('../../engines/native/savedModel/readSavedModel.js');
  const graph = readSavedModel(dir);
  return {
    graph,
    family: `SavedModel of ${graph.producer}`,
    store: (target) =>
      replaceDirectory(target, (copy) => {
        for (const file of graph.files) {
          mkdirSync(dirname(join(copy, file)), { recursive: true });
          cpSync(join(dir, file), join(copy, file));
        }
      }),
  };
}
