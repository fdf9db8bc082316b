// A whole training against PyTorch's, step by step: views and the teacher's answers to them, losses, clipping, AdamW, schedule.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { createRng } from '../../src/core/rng.js';
import type { TrainingConfig } from '../../src/distillation/TrainingConfig.js';
import { trainModel } from '../../src/distillation/trainModel.js';
import type { Engine } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { validateModelSpec } from '../../src/models/validateModelSpec.js';

const numbers = z.array(z.number());
const golden = z
  .object({
    side: z.number(),
    rows: z.number(),
    batch: z.number(),
    epochs: z.number(),
    classes: z.number(),
    policy: z.object({ shift: z.number(), flip: z.boolean(), views: z.number(), seed: z.number() }),
    mean: z.number(),
    std: z.number(),
    images: numbers,
    labels: numbers,
    logits: numbers,
    spec: z.unknown(),
    weights: z.record(z.string(), z.object({ shape: numbers, data: numbers })),
    losses: z.array(numbers),
  })
  .parse(JSON.parse(readFileSync(new URL('../goldens/trajectory.json', import.meta.url), 'utf8')));

/** The engine, with the losses of every training step written down. */
function listening(engine: Engine, said: number[][]): Engine {
  return {
    ...engine,
    info: engine.info,
    createState: (values) => engine.createState(values),
    close: () => engine.close(),
    check: (...args) => engine.check(...args),
    compile: async (step, state, feeds) => {
      const compiled = await engine.compile(step, state, feeds);
      return {
        dispose: () => compiled.dispose(),
        run: async (values, given) => {
          const outputs = await compiled.run(values, given);
          if ('loss' in outputs) said.push(['loss', 'loss_kd', 'loss_ce'].map((name) => outputs[name].data[0]));
          return outputs;
        },
      };
    },
  };
}

it.each(['onnx', 'wasm'] as const)('kd on %s loses what PyTorch loses, step by step', async (name) => {
  const { side, rows, classes, policy, mean, std, weights } = golden;
  const shared = <T extends Uint8Array | Int32Array | Float32Array>(array: T, values: readonly number[]): T => {
    array.set(values);
    return array;
  };
  const count = golden.images.length;
  const train = Int32Array.from({ length: rows }, (_, i) => i);
  const state = Object.fromEntries(
    Object.entries(weights).map(([key, { shape, data }]) => [
      key,
      { shape, dtype: 'float32' as const, data: Float32Array.from(data) },
    ]),
  );
  const config: TrainingConfig = {
    epochs: golden.epochs,
    batchSize: golden.batch,
    optimiser: { name: 'adamw', options: { weightDecay: 0.05 } },
    learningRate: 0.02,
    schedule: { name: 'warmup-cosine' },
    clipNorm: 1,
    labelSmoothing: 0,
    losses: [
      { loss: 'kd', weight: 0.7, options: { temperature: 4 } },
      { loss: 'ce', weight: 0.3 },
    ],
  };
  const engine = await openEngine(name, { threads: 1 });
  const said: number[][] = [];
  try {
    await trainModel({
      spec: validateModelSpec(golden.spec),
      data: {
        dataset: {
          name: 'trajectory',
          digest: 'trajectory',
          shape: [side, side, 1],
          classes: Array.from({ length: classes }, (_, c) => String(c)),
          count: rows,
          images: shared(new Uint8Array(new SharedArrayBuffer(count)), golden.images),
          labels: shared(new Int32Array(new SharedArrayBuffer(4 * rows)), golden.labels),
          officialTest: new Int32Array(0),
        },
        splits: { train, validation: train, test: new Int32Array(0) },
        normalisation: { mean: [mean], std: [std] },
        augmentation: policy,
        teacher: {
          digest: 'trajectory',
          classes,
          views: policy.views,
          rows,
          logits: shared(new Float32Array(new SharedArrayBuffer(4 * golden.logits.length)), golden.logits),
          taps: {},
        },
      },
      config,
      engine: listening(engine, said),
      rng: createRng('trajectory/run'),
      resume: { epoch: 0, state },
    });
  } finally {
    engine.close();
  }
  expect(said.length).toBe(golden.losses.length);
  for (const [step, losses] of golden.losses.entries()) {
    for (const [i, loss] of losses.entries()) {
      expect(Math.abs(said[step][i] - loss) / loss, `step ${step + 1}, loss ${i}`).toBeLessThan(1e-3);
    }
  }
});
