import { statSync } from 'node:fs';
import { join } from 'node:path';
import { NasDistillError } from '../core/errors.js';
import type { Budget } from '../costs/CostModel.js';
import { fillBatch } from '../data/batches.js';
import type { Dataset, Normalisation } from '../data/Dataset.js';
import type { Engine, HostTensor, HostTensors } from '../engines/Engine.js';
import { openOnnxModel } from '../engines/onnx/openOnnxModel.js';
import { tensor, tidy } from '../engines/tf.js';
import { withBackend } from '../engines/withBackend.js';
import { applyModel } from '../models/applyModel.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { loadImportedModel } from '../teachers/openImportedModel.js';
import { exported } from './exportStudent.js';

/** Largest difference of logits between the trained student and what was exported. */
const tolerance = 1e-3;
/** Images that are run at once, beside single ones. */
const largestBatch = 16;

export interface Verification {
  /** Largest difference of logits, over all images. */
  readonly layersModel: number;
  readonly onnx: number;
  /** Bytes on disk. */
  readonly weightBytes: number;
  readonly onnxBytes: number;
}

/**
 * Reloads what was exported from disk and holds it against the trained student on real images, at two batch sizes; the
 * weights' real bytes against the predicted ones and the budgets.
 * @throws NasDistillError VERIFICATION saying what differs
 */
export async function verifyExport(options: {
  dir: string;
  spec: ModelSpec;
  variables: HostTensors;
  engine: Engine;
  dataset: Dataset;
  indices: Int32Array;
  normalisation: Normalisation;
  expectedBytes: number;
  budgets: readonly Budget[];
}): Promise<Verification> {
  const { dir, expectedBytes, budgets } = options;
  const weightBytes = statSync(join(dir, exported.weights)).size;
  if (weightBytes !== expectedBytes) {
    throw new NasDistillError(
      'VERIFICATION',
      `${join(dir, exported.weights)}: ${weightBytes} bytes, the search predicted ${expectedBytes}`,
    );
  }
  const broken = budgets.find(({ metric, limit }) => metric === 'bytes' && weightBytes > limit);
  if (broken)
    throw new NasDistillError(
      'VERIFICATION',
      `${join(dir, exported.weights)}: ${weightBytes} bytes, over the budget ${broken.text}`,
    );
  if (options.indices.length < largestBatch) {
    throw new NasDistillError(
      'VERIFICATION',
      `${dir}: ${options.indices.length} test images, ${largestBatch} are needed to verify an export`,
    );
  }
  const layers = await loadImportedModel(dir);
  const onnx = await openOnnxModel(join(dir, exported.onnx));
  const worst = { layersModel: 0, onnx: 0 };
  try {
    for (const batch of [1, largestBatch]) {
      const count = batch === 1 ? 4 : 64;
      for (let start = 0; start + batch <= Math.min(count, options.indices.length); start += batch) {
        const image = imagesOf(options, start, batch);
        const truth = await logitsOf(options, image);
        const fromLayers = withBackend('wasm', () =>
          tidy(() => layers.predict(tensor(image.data, [...image.shape]), []).output.dataSync()),
        );
        worst.layersModel = Math.max(worst.layersModel, difference(truth, fromLayers));
        worst.onnx = Math.max(
          worst.onnx,
          difference(truth, await onnx.run({ name: 'image', tensor: image }, 'logits')),
        );
      }
    }
  } finally {
    layers.dispose();
    await onnx.release();
  }
  for (const [what, value] of Object.entries(worst)) {
    if (!(value <= tolerance)) {
      throw new NasDistillError(
        'VERIFICATION',
        `${dir}: the reloaded ${what} differs from the trained student by ${value.toExponential(1)} (allowed ${tolerance})`,
      );
    }
  }
  return { ...worst, weightBytes, onnxBytes: statSync(join(dir, exported.onnx)).size };
}

function imagesOf(
  options: { dataset: Dataset; indices: Int32Array; normalisation: Normalisation },
  start: number,
  batch: number,
): HostTensor {
  const { dataset, indices, normalisation } = options;
  const data = new Float32Array(batch * dataset.shape.reduce((a, b) => a * b, 1));
  fillBatch({ dataset, indices, start, size: batch, normalisation, out: data });
  return { shape: [batch, ...dataset.shape], dtype: 'float32', data };
}

async function logitsOf(
  options: { spec: ModelSpec; variables: HostTensors; engine: Engine },
  image: HostTensor,
): Promise<ArrayLike<number>> {
  const { spec, variables, engine } = options;
  const state = engine.createState(variables);
  const step = await engine.compile(
    (params, feeds) => ({
      outputs: { logits: applyModel(spec, params, feeds.image, { training: false, noise: {} }).logits },
    }),
    state.specs,
    { image },
  );
  try {
    return (await step.run(state, { image })).logits.data;
  } finally {
    step.dispose();
    state.dispose();
  }
}

function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let worst = 0;
  // A NaN must count as a difference: Math.max keeps it.
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i] - b[i]));
  return worst;
}
