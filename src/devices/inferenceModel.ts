import { createRng } from '../core/rng.js';
import type { HostTensors } from '../engines/Engine.js';
import { exportOnnx } from '../engines/onnx/exportOnnx.js';
import { openOnnxRunner, type OnnxRunner } from '../engines/onnx/openOnnxRunner.js';
import { applyModel } from '../models/applyModel.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { initialise } from '../models/parameters.js';

/**
 * Opens a model to be timed: the graph that `promote` exports, with weights as they are drawn. Their values do not
 * change what is computed, and normalised inputs keep them away from denormal numbers, which would.
 */
export async function openInference(
  spec: ModelSpec,
  { threads, batch }: { readonly threads: number; readonly batch: number },
): Promise<OnnxRunner> {
  const rng = createRng('inference');
  const { trainable, statistics } = initialise(spec, rng);
  const model = exportOnnx({
    fn: (params, { image }) => ({ logits: applyModel(spec, params, image, { training: false, noise: {} }).logits }),
    params: { ...trainable, ...statistics },
    inputs: { image: { shape: [1, ...spec.input], dtype: 'float32' } },
    outputs: ['logits'],
  });
  const shape = [batch, ...spec.input];
  const size = shape.reduce((a, b) => a * b, 1);
  const inputs: HostTensors = {
    image: { shape, dtype: 'float32', data: Float32Array.from({ length: size }, () => rng.normal()) },
  };
  return openOnnxRunner(model, inputs, { threads });
}
