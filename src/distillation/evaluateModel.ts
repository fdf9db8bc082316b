import { NasDistillError } from '../core/errors.js';
import { emptyBatch, fillBatch } from '../data/batches.js';
import { samplesOf } from '../data/samples.js';
import type { Dataset, Normalisation } from '../data/Dataset.js';
import type { CompiledStep, Engine, EngineState, HostTensors, Tensors } from '../engines/Engine.js';
import { applyModel } from '../models/applyModel.js';
import type { ModelSpec } from '../models/ModelSpec.js';

export const evaluationBatch = 250;

export interface Evaluation {
  readonly accuracy: number;
  /** Mean cross entropy. */
  readonly loss: number;
  /** Predicted class of each image. */
  readonly predictions: Int32Array;
  /** Probability of that class, and of the true one. */
  readonly confidence: Float32Array;
  readonly ofLabel: Float32Array;
}

/** Evaluates by a forward pass that was compiled once; the state may hold more than the model's own values. */
export interface Evaluator {
  evaluate(state: EngineState): Promise<Evaluation>;
  dispose(): void;
}

/** Compiles the forward pass over the given images. The last batch is padded; padding never counts. */
export async function createEvaluator(options: {
  spec: ModelSpec;
  engine: Engine;
  state: EngineState;
  dataset: Dataset;
  indices: Int32Array;
  normalisation: Normalisation;
  classes: number;
  /** The model's values within the state; default: those of their own names. */
  valuesOf?: (state: Tensors) => Tensors;
}): Promise<Evaluator> {
  const { spec, engine, dataset, indices, normalisation, classes, valuesOf = (state: Tensors) => state } = options;
  if (indices.length === 0)
    throw new NasDistillError('DATA', `${dataset.name}: there are no ${samplesOf(dataset)} to evaluate on`);
  const size = Math.min(evaluationBatch, indices.length);
  const feeds = { image: emptyBatch(dataset, size) };
  const step: CompiledStep = await engine.compile(
    (state, { image: batch }) => ({
      outputs: { logits: applyModel(spec, valuesOf(state), batch, { training: false, noise: {} }).logits },
    }),
    options.state.specs,
    feeds,
  );
  const rows = new Int32Array(size);
  return {
    evaluate: async (state) => {
      const predictions = new Int32Array(indices.length);
      const confidence = new Float32Array(indices.length);
      const ofLabel = new Float32Array(indices.length);
      let right = 0;
      let loss = 0;
      for (let start = 0; start < indices.length; start += size) {
        const count = Math.min(size, indices.length - start);
        for (let i = 0; i < size; i++) rows[i] = indices[start + Math.min(i, count - 1)];
        fillBatch({ dataset, indices: rows, start: 0, size, normalisation, out: feeds.image.data });
        const { logits } = await step.run(state, feeds);
        for (let r = 0; r < count; r++) {
          const row = logits.data.subarray(r * classes, (r + 1) * classes);
          const label = dataset.labels[rows[r]];
          const { best, logSum } = summarise(row);
          predictions[start + r] = best;
          confidence[start + r] = Math.exp(row[best] - logSum);
          ofLabel[start + r] = Math.exp(row[label] - logSum);
          if (best === label) right++;
          loss += logSum - row[label];
        }
      }
      return { accuracy: right / indices.length, loss: loss / indices.length, predictions, confidence, ofLabel };
    },
    dispose: () => step.dispose(),
  };
}

function summarise(row: Float32Array | Int32Array): { best: number; logSum: number } {
  let best = 0;
  for (let c = 1; c < row.length; c++) if (row[c] > row[best]) best = c;
  let sum = 0;
  for (const value of row) sum += Math.exp(value - row[best]);
  return { best, logSum: row[best] + Math.log(sum) };
}

/** Evaluates a model's values once. */
export async function evaluateModel(options: {
  spec: ModelSpec;
  variables: HostTensors;
  engine: Engine;
  dataset: Dataset;
  indices: Int32Array;
  normalisation: Normalisation;
  classes: number;
}): Promise<Evaluation> {
  const state = options.engine.createState(options.variables);
  const evaluator = await createEvaluator({ ...options, state });
  try {
    return await evaluator.evaluate(state);
  } finally {
    evaluator.dispose();
    state.dispose();
  }
}
