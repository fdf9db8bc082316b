import { join } from 'node:path';
import { atomicWrite } from '../core/atomicWrite.js';
import { NasDistillError } from '../core/errors.js';
import type { WeightFormat } from '../costs/CostModel.js';
import type { HostTensors } from '../engines/Engine.js';
import { openEngine } from '../engines/registry.js';
import { storeTensor, type StoredTensor } from '../engines/StoredTensor.js';
import { io, setBackend } from '../engines/tf.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { toLayersModel } from '../models/toLayersModel.js';
import { exported } from './exported.js';
import { storageOf } from './storage.js';

/**
 * Writes a TF.js LayersModel directory. float16 and uint8 weights use the manifest's quantisation, which any
 * tf.loadLayersModel undoes when it reads them.
 */
export async function writeLayersModel(
  dir: string,
  spec: ModelSpec,
  variables: HostTensors,
  weights: WeightFormat,
): Promise<void> {
  await openEngine('wasm', { threads: 1 });
  await setBackend('wasm');
  const model = toLayersModel(spec, variables);
  try {
    await model.save(
      io.withSaveHandler(async (artifacts) => {
        const { manifest, bytes } = storeWeights(artifacts, weights);
        atomicWrite(join(dir, exported.weights), bytes);
        const { modelTopology } = artifacts;
        const weightsManifest = [{ paths: [exported.weights], weights: manifest }];
        atomicWrite(
          join(dir, exported.model),
          JSON.stringify({ format: 'layers-model', generatedBy: 'nas-distill', modelTopology, weightsManifest }),
        );
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
      }),
    );
  } finally {
    model.dispose();
  }
}

/** The saved float32 weights in their storage format. Their shapes are the spec's, so that the ONNX file's are equal. */
function storeWeights({ weightData, weightSpecs }: io.ModelArtifacts, weights: WeightFormat) {
  if (weightData === undefined || weightSpecs === undefined)
    throw new NasDistillError('INTERNAL', 'the LayersModel was saved without weights');
  const saved = io.CompositeArrayBuffer.join(weightData);
  const storage = storageOf(weights);
  const parts: Uint8Array[] = [];
  let offset = 0;
  const manifest = weightSpecs.map(({ name, shape, dtype }): io.WeightsManifestEntry => {
    if (dtype !== 'float32') throw new NasDistillError('INTERNAL', `weight ${name} was saved as ${dtype}`);
    const data = new Float32Array(
      saved,
      offset,
      shape.reduce((a, b) => a * b, 1),
    );
    offset += data.byteLength;
    const stored = storeTensor(name, { shape, dtype, data }, storage(shape));
    parts.push(new Uint8Array(stored.data.buffer, stored.data.byteOffset, stored.data.byteLength));
    const quantization = quantizationOf(stored);
    return { name, shape, dtype, ...(quantization === undefined ? {} : { quantization }) };
  });
  return { manifest, bytes: Buffer.concat(parts) };
}

/** What the manifest says of a weight: value = data * scale + min for uint8. */
function quantizationOf(stored: StoredTensor): io.WeightsManifestEntry['quantization'] {
  const original = { original_dtype: 'float32' } as const;
  if (stored.format === 'float32') return undefined;
  if (stored.format === 'float16') return { dtype: 'float16', ...original };
  const { scale, zeroPoint } = stored;
  return { dtype: 'uint8', scale, min: -zeroPoint * scale, ...original };
}
