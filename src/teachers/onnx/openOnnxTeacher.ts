import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../core/digest.js';
import { NasDistillError } from '../../core/errors.js';
import type { HostTensor } from '../../engines/Engine.js';
import type { OpenForeignModel } from '../../engines/onnx/foreign/openForeignModel.js';
import type { AnsweringTeacher, SingleTeacher } from '../TeacherModel.js';
import { teacherDigest, type OnnxParts, type TeacherRecord } from '../TeacherRecord.js';
import { feedsOf } from './feeds.js';
import { transposed } from './layout.js';

/** Name of the model below a teacher's `model` directory. */
export const onnxFile = 'model.onnx';

/** What probabilities have added before their logarithm is taken, as for other imported models. */
const epsilon = 1e-7;

/** Opens an imported ONNX teacher as it was stored. @throws NasDistillError TEACHER if its file has changed */
export function openOnnxTeacher(dir: string, record: TeacherRecord): SingleTeacher {
  const file = join(dir, onnxFile);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new NasDistillError('TEACHER', `${file}: cannot be read`, { hint: 'Import it again.', cause: error });
  }
  if (sha256(bytes) !== record.weightsDigest) {
    throw new NasDistillError('TEACHER', `${file}: the model has changed since it was imported`, {
      hint: 'Import it again.',
    });
  }
  return asOnnxTeacher(file, bytes, record);
}

/** An ONNX model as the teacher that `record` describes. */
export function asOnnxTeacher(where: string, bytes: Uint8Array, record: TeacherRecord): SingleTeacher {
  const { onnx } = record;
  if (onnx === undefined) throw new NasDistillError('TEACHER', `teacher ${record.name}: what it reads is missing`);
  return {
    record,
    digest: teacherDigest(record),
    taps: Object.fromEntries(Object.entries(onnx.taps).map(([tap, { shape }]) => [tap, shape])),
    answers: async (engine, taps) => {
      const values = [onnx.output, ...taps.map((tap) => onnx.taps[tap].value)];
      const { openForeignModel } = await import('../../engines/onnx/foreign/openForeignModel.js');
      const model = await openForeignModel({
        where,
        bytes,
        outputs: [onnx.output],
        wanted: [...new Set(values)],
        threads: engine.info.threads,
      });
      return answering(model, record, onnx, taps);
    },
    engine: 'onnx',
    dispose: () => undefined,
  };
}

function answering(
  model: OpenForeignModel,
  record: TeacherRecord,
  onnx: OnnxParts,
  taps: readonly string[],
): AnsweringTeacher {
  const classes = record.classes.length;
  return {
    run: async (samples) => {
      const rows = samples.shape[0];
      const logits = new Float32Array(rows * classes);
      const sizes = taps.map((tap) => onnx.taps[tap].shape.reduce((a, b) => a * b, 1));
      const tapped = sizes.map((size) => new Float32Array(rows * size));
      for (const part of feedsOf(samples, onnx)) {
        const answer = await model.run(part.feeds);
        const valueOf = (name: string, size: number) => {
          const data = answer[name]?.data;
          if (data?.length === part.rows * size) return data.subarray(0, part.count * size);
          throw new NasDistillError(
            'TEACHER',
            `teacher ${record.name}: value ${name} has ${data?.length ?? 0} values for ${part.count} samples`,
          );
        };
        logits.set(valueOf(onnx.output, classes), part.start * classes);
        for (const [i, tap] of taps.entries()) {
          const { value, shape, transposed: turned } = onnx.taps[tap];
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
            { shape: [rows, ...onnx.taps[tap].shape], dtype: 'float32', data: tapped[i] },
          ]),
        ),
      };
    },
    dispose: () => void model.release(),
  };
}
