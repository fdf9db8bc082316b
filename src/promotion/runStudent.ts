import { emptyBatch, fillBatch } from '../data/batches.js';
import type { Dataset, Normalisation } from '../data/Dataset.js';
import type { Engine, HostTensor, HostTensors } from '../engines/Engine.js';
import { applyModel } from '../models/applyModel.js';
import { inputSpec } from '../models/modelInput.js';
import type { ModelSpec } from '../models/ModelSpec.js';

/** Images of a data set and how they are fed. */
export interface ImageSource {
  readonly dataset: Dataset;
  readonly indices: Int32Array;
  readonly normalisation: Normalisation;
}

/** Samples as they are fed, [size, ...shape], from position `start` of the source; past its end, its last one. */
export function imagesOf({ dataset, indices, normalisation }: ImageSource, start: number, size: number): HostTensor {
  const batch = emptyBatch(dataset, size);
  const rows = Int32Array.from({ length: size }, (_, i) => indices[Math.min(start + i, indices.length - 1)]);
  fillBatch({ dataset, indices: rows, start: 0, size, normalisation, out: batch.data });
  return batch;
}

const batch = 250;

/** Logits [images, classes] of every image of the source, row after row. */
export async function logitsOf(
  engine: Engine,
  spec: ModelSpec,
  variables: HostTensors,
  source: ImageSource,
): Promise<Float32Array> {
  const count = source.indices.length;
  const size = Math.min(batch, count);
  const state = engine.createState(variables);
  const step = await engine.compile(
    (params, { image }) => ({
      outputs: { logits: applyModel(spec, params, image, { training: false, noise: {} }).logits },
    }),
    state.specs,
    { image: inputSpec(spec, size) },
  );
  try {
    const classes = source.dataset.classes.length;
    const out = new Float32Array(count * classes);
    for (let start = 0; start < count; start += size) {
      const { logits } = await step.run(state, { image: imagesOf(source, start, size) });
      out.set(logits.data.subarray(0, Math.min(size, count - start) * classes), start * classes);
    }
    return out;
  } finally {
    step.dispose();
    state.dispose();
  }
}
