import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../core/digest.js';
import { NasDistillError } from '../../core/errors.js';
import type { EngineName, HostTensor } from '../../engines/Engine.js';
import type { ForeignGraph, OpenForeignModel } from '../../engines/foreign/ForeignGraph.js';
import type { AnsweringTeacher, SingleTeacher } from '../TeacherModel.js';
import { teacherDigest, type GraphParts, type TeacherRecord } from '../TeacherRecord.js';
import { feedsOf } from './feeds.js';
import { transposed } from './layout.js';

/** Name of an ONNX model below a teacher's `model` directory. */
export const onnxFile = 'model.onnx';

/** What probabilities have added before their logarithm is taken, as for other imported models. */
const epsilon = 1e-7;

/** Whether a teacher is a graph of another framework, and the engine that such a graph runs on. */
export const foreignEngines = { onnx: 'onnx', 'saved-model': 'native' } as const satisfies Record<string, EngineName>;
export type ForeignKind = keyof typeof foreignEngines;

export const isForeign = (kind: string): kind is ForeignKind => kind in foreignEngines;

/** Opens an imported graph as it was stored. @throws NasDistillError TEACHER if its files have changed */
export async function openForeignTeacher(dir: string, record: TeacherRecord): Promise<SingleTeacher> {
  if (record.kind === 'onnx') {
    const file = join(dir, onnxFile);
    const bytes = readOnnx(file);
    sameAsImported(file, sha256(bytes), record);
    const parts = partsOf(record);
    return asForeignTeacher(record, async ({ wanted, threads }) => {
      const { openForeignModel } = await import('../../engines/onnx/foreign/openForeignModel.js');
      return openForeignModel({ where: file, bytes, outputs: parts.outputs ?? [parts.output], wanted, threads });
    });
  }
  const { readSavedModel } = await import('../../engines/native/savedModel/readSavedModel.js');
  const graph = readSavedModel(dir);
  sameAsImported(dir, graph.digest, record);
  return asForeignTeacher(record, graph.open);
}

function readOnnx(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new NasDistillError('TEACHER', `${file}: cannot be read`, { hint: 'Import it again.', cause: error });
  }
}

function sameAsImported(where: string, digest: string, record: TeacherRecord): void {
  if (digest === record.weightsDigest) return;
  throw new NasDistillError('TEACHER', `${where}: the model has changed since it was imported`, {
    hint: 'Import it again.',
  });
}

function partsOf(record: TeacherRecord): GraphParts {
  const parts = record.onnx ?? record.savedModel;
  if (parts === undefined) throw new NasDistillError('TEACHER', `teacher ${record.name}: what it reads is missing`);
  return parts;
}

/** A graph as the teacher that `record` describes. */
export function asForeignTeacher(record: TeacherRecord, open: ForeignGraph['open']): SingleTeacher {
  const parts = partsOf(record);
  if (!isForeign(record.kind)) throw new NasDistillError('TEACHER', `teacher ${record.name} is no imported graph`);
  return {
    record,
    digest: teacherDigest(record),
    taps: Object.fromEntries(Object.entries(parts.taps).map(([tap, { shape }]) => [tap, shape])),
    answers: async (engine, taps) => {
      const wanted = [...new Set([parts.output, ...taps.map((tap) => parts.taps[tap].value)])];
      return answering(await open({ wanted, threads: engine.info.threads }), record, parts, taps);
    },
    engine: foreignEngines[record.kind],
    dispose: () => undefined,
  };
}

function answering(
  model: OpenForeignModel,
  record: TeacherRecord,
  parts: GraphParts,
  taps: readonly string[],
): AnsweringTeacher {
  const classes = record.classes.length;
  return {
    run: async (samples) => {
      const rows = samples.shape[0];
      const logits = new Float32Array(rows * classes);
      const sizes = taps.map((tap) => parts.taps[tap].shape.reduce((a, b) => a * b, 1));
      const tapped = sizes.map((size) => new Float32Array(rows * size));
      for (const part of feedsOf(samples, parts)) {
        const answer = await model.run(part.feeds);
        const valueOf = (name: string, size: number) => {
          const data = answer[name]?.data;
          if (data?.length === part.rows * size) return data.subarray(0, part.count * size);
          throw new NasDistillError(
            'TEACHER',
            `teacher ${record.name}: value ${name} has ${data?.length ?? 0} values for ${part.count} samples`,
          );
        };
        logits.set(valueOf(parts.output, classes), part.start * classes);
        for (const [i, tap] of taps.entries()) {
          const { value, shape, transposed: turned } = parts.taps[tap];
          const data = valueOf(value, sizes[i]);
          tapped[i].set(turned ? transposed(data, [part.count, ...shape], true) : data, part.start * sizes[i]);
        }
      }
      const own = record.probabilities ? logits.map((p) => Math.log(p + epsilon)) : logits;
      return {
        logits: { shape: [rows, classes], dtype: 'float32', data: own },
        ...Object.fromEntries(
          taps.map((tap, i): [string, HostTensor] => [
            `tap/${tap}`,
            { shape: [rows, ...parts.taps[tap].shape], dtype: 'float32', data: tapped[i] },
          ]),
        ),
      };
    },
    dispose: () => void model.release(),
  };
}
