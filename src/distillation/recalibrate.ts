// The statistics of batch norms, measured for the weights as they are: precise batch norm, Wu and Johnson, Rethinking "Batch" in
// BatchNorm, arXiv:2105.07576, section 3. While the learning rate is high, weights move faster than the moving averages follow, so
// that an early accuracy by these says little (docs/ablation.md). Training never reads the moving averages: measuring changes no weight.
import { emptyBatch, fillBatch } from '../data/batches.js';
import type { CompiledStep, Engine, EngineState, Tensors } from '../engines/Engine.js';
import { applyModel } from '../models/applyModel.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { evaluationBatch } from './evaluateModel.js';
import type { StudyData } from './TrainingConfig.js';

/** Samples that statistics are measured over, at most; training ones, as they are. */
export const recalibrationSamples = 500;

export interface Recalibrator {
  /** Measures the statistics anew and writes them to the state. */
  run(state: EngineState): Promise<void>;
  dispose(): void;
}

/**
 * Compiles the measurement; undefined for a model without anything to measure.
 * @throws NasDistillError ENGINE_UNSUPPORTED for an operator that the engine lacks
 */
export async function createRecalibrator(options: {
  spec: ModelSpec;
  engine: Engine;
  state: EngineState;
  data: Pick<StudyData, 'dataset' | 'splits' | 'normalisation'>;
  /** Nodes whose statistics stand still. */
  skips: (node: string) => boolean;
  /** The model's values within the state. */
  valuesOf: (state: Tensors) => Tensors;
  /** What of the state changes with the model's new statistics. */
  changed: (statistics: Tensors, state: Tensors) => Tensors;
}): Promise<Recalibrator | undefined> {
  const { spec, engine, skips, valuesOf, changed } = options;
  if (!spec.nodes.some(({ op, name }) => op === 'batch_norm' && !skips(name))) return undefined;
  const { dataset, splits, normalisation } = options.data;
  const { train } = splits;
  const size = Math.min(evaluationBatch, train.length);
  const batches = Math.floor(Math.min(recalibrationSamples, train.length) / size);
  const samples = batches * size;
  // Evenly from all of them, as their order may mean something.
  const indices = Int32Array.from({ length: samples }, (_, i) => train[Math.floor((i * train.length) / samples)]);
  const share = { shape: [], dtype: 'float32' as const, data: new Float32Array(1) };
  const feeds = { image: emptyBatch(dataset, size), share };
  const step: CompiledStep = await engine.compile(
    (state, feed) => {
      const recalibrate = { share: feed.share, skips };
      const { statistics } = applyModel(spec, valuesOf(state), feed.image, { training: false, noise: {}, recalibrate });
      return { state: changed(statistics, state), outputs: {} };
    },
    options.state.specs,
    feeds,
  );
  return {
    run: async (state) => {
      for (let batch = 0; batch < batches; batch++) {
        fillBatch({ dataset, indices, start: batch * size, size, normalisation, out: feeds.image.data });
        // The mean over the batches so far.
        share.data[0] = 1 / (batch + 1);
        await step.run(state, feeds);
      }
    },
    dispose: () => step.dispose(),
  };
}
