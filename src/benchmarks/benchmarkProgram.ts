import { createRng } from '../core/rng.js';
import { createTrainingStep } from '../distillation/trainingStep.js';
import type { Engine, HostTensor, TensorSpecs } from '../engines/Engine.js';
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

/** Compiles a case. Images and labels are the same for every engine: seeded noise. */
export async function openBenchmark(engine: Engine, { net, batch, mode }: BenchmarkCase): Promise<BenchmarkProgram> {
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
  const specs: TensorSpecs = mode === 'step' ? training.feeds : { image: training.feeds.image };
  const noise = rng.fork('feeds');
  const feeds = Object.fromEntries(
    Object.entries(specs).map(([name, { shape, dtype }]): [string, HostTensor] => {
      const length = shape.reduce((a, b) => a * b, 1);
      if (dtype === 'int32') return [name, { shape, dtype, data: Int32Array.from({ length }, (_, i) => i % 10) }];
      const data = Float32Array.from({ length }, () => (name === 'lr' ? 1e-3 : noise.normal()));
      return [name, { shape, dtype, data }];
    }),
  );
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
