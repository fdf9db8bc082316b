import { createRng } from '../core/rng.js';
import type { HostTensors } from '../engines/Engine.js';
import { exportOnnx } from '../engines/onnx/exportOnnx.js';
import { openOnnxRunner, type OnnxRunner } from '../engines/onnx/openOnnxRunner.js';
import { applyModel } from '../models/applyModel.js';
import { inputName, inputSpec } from '../models/modelInput.js';
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
  const name = inputName(spec);
  const model = exportOnnx({
    fn: (params, inputs) => ({ logits: applyModel(spec, params, inputs[name], { training: false, noise: {} }).logits }),
    params: { ...trainable, ...statistics },
    inputs: { [name]: inputSpec(spec, 1) },
    outputs: ['logits'],
  });
  return openModel(model, spec, { threads, batch });
}

/**
 * Opens an exported model to be timed, on inputs that are drawn: normalised numbers, or tokens.
 * @throws NasDistillError ENGINE_FAILED if onnxruntime does not accept it
 */
export function openModel(
  model: Uint8Array,
  spec: ModelSpec,
  { threads, batch }: { readonly threads: number; readonly batch: number },
): Promise<OnnxRunner> {
  const rng = createRng('inference/input');
  const name = inputName(spec);
  const { shape, dtype } = inputSpec(spec, batch);
  const size = shape.reduce((a, b) => a * b, 1);
  // Of tokens the first one that is no padding: every vocabulary has it.
  const data =
    dtype === 'int32' ? new Int32Array(size).fill(1) : Float32Array.from({ length: size }, () => rng.normal());
  const inputs: HostTensors = { [name]: { shape, dtype, data } };
  return openOnnxRunner(model, inputs, { threads });
}
