import { createRng } from '../core/rng.js';
import { randomFeeds } from '../distillation/randomFeeds.js';
import { createTrainingStep, type TrainingStep } from '../distillation/trainingStep.js';
import type { Engine, HostTensors, TensorSpecs } from '../engines/Engine.js';
import { applyModel } from '../models/applyModel.js';
import { benchmarkNets, type BenchmarkNetName } from './nets.js';

export const benchmarkModes = ['step', 'forward'] as const;
/** step: forward, cross entropy, gradients, AdamW; forward: the logits of a batch. */
export type BenchmarkMode = (typeof benchmarkModes)[number];

export interface BenchmarkCase {
  readonly net: BenchmarkNetName;
  readonly batch: number;
  readonly mode: BenchmarkMode;
}

/** A case that is compiled on one engine; `run` does one step and returns its milliseconds. */
export interface BenchmarkProgram {
  readonly compileMs: number;
  run(): Promise<number>;
  dispose(): void;
}

/** A net's training step and its feeds. Images and labels are the same for every engine: seeded noise. */
export function benchmarkStep(net: BenchmarkNetName, batch: number): { training: TrainingStep; feeds: HostTensors } {
  const { spec } = benchmarkNets[net];
  const rng = createRng(`benchmark/${net}`);
  const training = createTrainingStep({
    spec,
    config: { losses: [{ loss: 'ce', weight: 1 }], labelSmoothing: 0, clipNorm: null, optimiser: { name: 'adamw' } },
    batch,
    classes: 10,
    imageShape: spec.input,
    teacher: undefined,
    rng: rng.fork('weights'),
  });
  return { training, feeds: randomFeeds(training.feeds, rng.fork('feeds')) };
}

/** Compiles a case. */
export async function openBenchmark(engine: Engine, { net, batch, mode }: BenchmarkCase): Promise<BenchmarkProgram> {
  const { spec } = benchmarkNets[net];
  const { training, feeds: all } = benchmarkStep(net, batch);
  const feeds: HostTensors = mode === 'step' ? all : { image: all.image };
  const specs: TensorSpecs = mode === 'step' ? training.feeds : { image: training.feeds.image };
  const state = engine.createState(training.state);
  const begin = performance.now();
  const step =
    mode === 'step'
      ? await engine.compile(training.step, state.specs, specs)
      : await engine.compile(
          (values, { image }) => ({
            outputs: { logits: applyModel(spec, values, image, { training: false, noise: {} }).logits },
          }),
          state.specs,
          specs,
        );
  const compileMs = performance.now() - begin;
  return {
    compileMs,
    run: async () => {
      const from = performance.now();
      await step.run(state, feeds);
      return performance.now() - from;
    },
    dispose: () => {
      step.dispose();
      state.dispose();
    },
  };
}
