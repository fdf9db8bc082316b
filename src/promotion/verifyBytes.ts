import { statSync } from 'node:fs';
import { join } from 'node:path';
import { NasDistillError } from '../core/errors.js';
import { quantisationBytes, weightBytes } from '../costs/bytes.js';
import type { Budget, WeightFormat } from '../costs/CostModel.js';
import type { HostTensors } from '../engines/Engine.js';
import { initialiserNames } from '../engines/onnx/lowering/storedWeight.js';
import { readInitialisers } from '../engines/onnx/readInitialisers.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { readModelFiles } from '../teachers/modelFiles.js';
import { exported } from './exported.js';
import { storageOf } from './storage.js';

/** What lies on disk, in bytes. */
export interface StoredBytes {
  /** What the search counted; both files' weights have exactly so many. */
  readonly predicted: number;
  /** weights.bin, and the scales and zero points that model.json holds for it. */
  readonly layersModel: { readonly weights: number; readonly scales: number };
  /** Initialisers that are weights (scales and zero points included), those of the graph (shapes, axes), the whole file. */
  readonly onnx: { readonly weights: number; readonly graphConstants: number; readonly file: number };
}

/**
 * Counts the exported weights on disk and holds them against the prediction and the budgets.
 * @throws NasDistillError VERIFICATION naming the file; TEACHER if the LayersModel directory is damaged
 */
export function verifyBytes(options: {
  dir: string;
  spec: ModelSpec;
  /** Names and shapes of the weights. */
  variables: HostTensors;
  weights: WeightFormat;
  budgets: readonly Budget[];
}): StoredBytes {
  const { dir, spec, variables, weights, budgets } = options;
  const predicted = weightBytes(spec, weights);
  const [bin, onnx] = [exported.weights, exported.onnx].map((file) => join(dir, file));
  const check = (file: string, found: number) => {
    if (found !== predicted)
      throw new NasDistillError(
        'VERIFICATION',
        `${file}: ${found} bytes of weights, the search predicted ${predicted}`,
      );
    const broken = budgets.find(({ metric, limit }) => metric === 'bytes' && found > limit);
    if (broken)
      throw new NasDistillError('VERIFICATION', `${file}: ${found} bytes of weights, over the budget ${broken.text}`);
  };

  const specs = readModelFiles(dir).artifacts.weightSpecs ?? [];
  const scales = quantisationBytes * specs.filter(({ quantization }) => quantization?.dtype === 'uint8').length;
  const layersModel = { weights: statSync(bin).size, scales };
  check(bin, layersModel.weights + scales);

  const initialisers = readInitialisers(onnx);
  const storage = storageOf(weights);
  let named = 0;
  for (const [variable, { shape }] of Object.entries(variables)) {
    for (const name of initialiserNames(variable, storage(shape))) {
      const bytes = initialisers.get(name);
      if (bytes === undefined) throw new NasDistillError('VERIFICATION', `${onnx}: weight ${name} is missing`);
      named += bytes;
      initialisers.delete(name);
    }
  }
  check(onnx, named);
  const graphConstants = [...initialisers.values()].reduce((a, b) => a + b, 0);
  return { predicted, layersModel, onnx: { weights: named, graphConstants, file: statSync(onnx).size } };
}
