import { join } from 'node:path';
import { atomicWrite } from '../core/atomicWrite.js';
import { NasDistillError } from '../core/errors.js';
import type { HostTensors } from '../engines/Engine.js';
import { exportOnnx } from '../engines/onnx/exportOnnx.js';
import { openEngine } from '../engines/registry.js';
import { io, setBackend } from '../engines/tf.js';
import { applyModel } from '../models/applyModel.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { toLayersModel } from '../models/toLayersModel.js';

/** Files of an exported student, below its directory. */
export const exported = {
  model: 'model.json',
  weights: 'weights.bin',
  onnx: 'model.onnx',
  card: 'MODEL_CARD.md',
} as const;

/** Writes a TF.js LayersModel directory and an ONNX file of a trained student, float32. */
export async function exportStudent(
  dir: string,
  spec: ModelSpec,
  variables: HostTensors,
  metadata: Record<string, string>,
): Promise<void> {
  await writeLayersModel(dir, spec, variables);
  const onnx = exportOnnx({
    fn: (params, { image }) => ({ logits: applyModel(spec, params, image, { training: false, noise: {} }).logits }),
    params: variables,
    inputs: { image: { shape: [1, ...spec.input], dtype: 'float32' } },
    outputs: ['logits'],
    metadata,
  });
  atomicWrite(join(dir, exported.onnx), onnx);
}

async function writeLayersModel(dir: string, spec: ModelSpec, variables: HostTensors): Promise<void> {
  await openEngine('wasm', { threads: 1 });
  await setBackend('wasm');
  const model = toLayersModel(spec, variables);
  try {
    await model.save(
      io.withSaveHandler(async (artifacts) => {
        const { weightData, weightSpecs, modelTopology } = artifacts;
        if (weightData === undefined)
          throw new NasDistillError('INTERNAL', 'the LayersModel was saved without weights');
        const parts = Array.isArray(weightData) ? weightData : [weightData];
        atomicWrite(join(dir, exported.weights), Buffer.concat(parts.map((part) => new Uint8Array(part))));
        const manifest = [{ paths: [exported.weights], weights: weightSpecs }];
        atomicWrite(
          join(dir, exported.model),
          JSON.stringify({
            format: 'layers-model',
            generatedBy: 'nas-distill',
            modelTopology,
            weightsManifest: manifest,
          }),
        );
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
      }),
    );
  } finally {
    model.dispose();
  }
}
