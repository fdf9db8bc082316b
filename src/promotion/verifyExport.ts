import { join } from 'node:path';
import { NasDistillError } from '../core/errors.js';
import type { Budget, WeightFormat } from '../costs/CostModel.js';
import { samplesOf } from '../data/samples.js';
import type { Engine, HostTensors } from '../engines/Engine.js';
import { openOnnxModel } from '../engines/onnx/openOnnxModel.js';
import { tensor, tidy } from '../engines/tf.js';
import { withBackend } from '../engines/withBackend.js';
import { inputName } from '../models/modelInput.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { loadImportedModel } from '../teachers/openImportedModel.js';
import { exported } from './exported.js';
import { differenceOf, roundingLoss, type RoundingLoss } from './roundingLoss.js';
import { imagesOf, logitsOf, type ImageSource } from './runStudent.js';
import { asStored } from './storage.js';
import { verifyBytes, type StoredBytes } from './verifyBytes.js';

/** Largest difference of logits between the student with its stored weights and what was reloaded from disk. */
const tolerance = 1e-3;
/** Images that are run at once, beside single ones. */
const largestBatch = 16;

export interface Verification {
  /** Largest difference of logits between the reloaded file and the student with its stored weights. */
  readonly layersModel: number;
  readonly onnx: number;
  readonly tolerance: number;
  readonly bytes: StoredBytes;
  /** The stored weights against the trained ones; null for float32, where they are the same. */
  readonly rounding: RoundingLoss | null;
}

/**
 * Reloads what was exported from disk and holds it against the student with its stored weights on real images, at two
 * batch sizes; the stored weights against the trained ones on all images given; the weights' real bytes against the
 * predicted ones and the budgets.
 * @param options.source validation images
 * @throws NasDistillError VERIFICATION saying what differs
 */
export async function verifyExport(options: {
  dir: string;
  spec: ModelSpec;
  /** As trained, float32. */
  variables: HostTensors;
  weights: WeightFormat;
  engine: Engine;
  source: ImageSource;
  budgets: readonly Budget[];
}): Promise<Verification> {
  const { dir, spec, variables, weights, engine, source } = options;
  refuseFewImages(source);
  const bytes = verifyBytes(options);
  const stored = await logitsOf(engine, spec, asStored(variables, weights), source);
  const worst = await reloadAndCompare(dir, spec, source, stored);
  for (const [what, value] of Object.entries(worst)) {
    if (!(value <= tolerance)) {
      throw new NasDistillError(
        'VERIFICATION',
        `${dir}: the reloaded ${what} differs from the trained student by ${value.toExponential(1)} (allowed ${tolerance})`,
      );
    }
  }
  const rounding =
    weights === 'float32'
      ? null
      : roundingLoss(weights, await logitsOf(engine, spec, variables, source), stored, labelsOf(source));
  return { ...worst, tolerance, bytes, rounding };
}

/** An export is compared image by image, in batches too. @throws NasDistillError VERIFICATION if there are too few images */
export function refuseFewImages({ dataset, indices }: ImageSource): void {
  if (indices.length >= largestBatch) return;
  throw new NasDistillError(
    'VERIFICATION',
    `${dataset.name}: ${indices.length} validation ${samplesOf(dataset)}, ${largestBatch} are needed to verify an export`,
    { hint: 'A tenth of the training samples is held out for validation: bring more of them.' },
  );
}

/** Largest differences of logits between the reloaded files and `truth` (logits of the source, from its first image). */
async function reloadAndCompare(
  dir: string,
  spec: ModelSpec,
  source: ImageSource,
  truth: Float32Array,
): Promise<{ layersModel: number; onnx: number }> {
  const classes = source.dataset.classes.length;
  const layers = await loadImportedModel(dir);
  const onnx = await openOnnxModel(join(dir, exported.onnx));
  const worst = { layersModel: 0, onnx: 0 };
  try {
    for (const batch of [1, largestBatch]) {
      const count = Math.min(batch === 1 ? 4 : 64, source.indices.length);
      for (let start = 0; start + batch <= count; start += batch) {
        const image = imagesOf(source, start, batch);
        const expected = truth.subarray(start * classes, (start + batch) * classes);
        const fromLayers = withBackend('wasm', () =>
          tidy(() => layers.predict(tensor(image.data, [...image.shape], image.dtype), []).output.dataSync()),
        );
        const fromOnnx = await onnx.run({ name: inputName(spec), tensor: image }, 'logits');
        worst.layersModel = Math.max(worst.layersModel, differenceOf(expected, fromLayers));
        worst.onnx = Math.max(worst.onnx, differenceOf(expected, fromOnnx));
      }
    }
  } finally {
    layers.dispose();
    await onnx.release();
  }
  return worst;
}

function labelsOf({ dataset, indices }: ImageSource): Int32Array {
  return indices.map((index) => dataset.labels[index]);
}
