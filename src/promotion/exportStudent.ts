import { join } from 'node:path';
import { atomicWrite } from '../core/atomicWrite.js';
import type { WeightFormat } from '../costs/CostModel.js';
import type { CompanionFile } from '../data/samples.js';
import type { HostTensors } from '../engines/Engine.js';
import { exportOnnx } from '../engines/onnx/exportOnnx.js';
import { applyModel } from '../models/applyModel.js';
import { inputName, inputSpec } from '../models/modelInput.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { exported } from './exported.js';
import { storageOf } from './storage.js';
import { writeLayersModel } from './writeLayersModel.js';

/**
 * Writes a TF.js LayersModel directory and an ONNX file of a trained student; both hold the same numbers.
 * @throws NasDistillError VERIFICATION for a weight that the format cannot hold
 */
export async function exportStudent(options: {
  dir: string;
  spec: ModelSpec;
  variables: HostTensors;
  weights: WeightFormat;
  metadata: Record<string, string>;
  /** Files that its users need beside it. */
  companions?: readonly CompanionFile[];
}): Promise<void> {
  const { dir, spec, variables, weights, metadata, companions = [] } = options;
  const input = inputName(spec);
  await writeLayersModel(dir, spec, variables, weights);
  const onnx = exportOnnx({
    fn: (params, inputs) => ({
      logits: applyModel(spec, params, inputs[input], { training: false, noise: {} }).logits,
    }),
    params: variables,
    storage: storageOf(weights),
    inputs: { [input]: inputSpec(spec, 1) },
    outputs: ['logits'],
    metadata,
  });
  atomicWrite(join(dir, exported.onnx), onnx);
  for (const { name, content } of companions) atomicWrite(join(dir, name), content);
}
