import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { createRecalibrator } from '../../src/distillation/recalibrate.js';
import { trainModel } from '../../src/distillation/trainModel.js';
import type { TrainingConfig } from '../../src/distillation/TrainingConfig.js';
import type { Engine, HostTensor } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { memory } from '../../src/engines/tf.js';
import { config, data as shapes, spec } from './shapes.js';

// A thousand rows over 192 images: 500 of them, every second one, in two batches of 250.
const rows = Int32Array.from({ length: 1000 }, (_, i) => (i * 7) % 192);
const { dataset, normalisation, augmentation, splits } = shapes;
const data = { dataset, normalisation, augmentation, splits: { ...splits, train: rows } };
const plain: TrainingConfig = { ...config, epochs: 1, losses: [{ loss: 'ce', weight: 1 }] };

/** Mean and biased variance of the first convolution's channels over two batches, averaged; in double precision. */
function expected(kernel: HostTensor): { mean: number[]; variance: number[] } {
  const { images } = data.dataset as { images: Uint8Array };
  const measured = [0, 1].map((batch) => {
    const sums = new Float64Array(8);
    const squares = new Float64Array(8);
    for (let n = 0; n < 250; n++) {
      const image = rows[2 * (250 * batch + n)] * 144;
      for (let y = 0; y < 6; y++) {
        for (let x = 0; x < 6; x++) {
          const out = new Float64Array(8);
          for (let i = 0; i < 5; i++) {
            for (let j = 0; j < 5; j++) {
              // SAME: three in all, the odd one behind.
              const [row, column] = [2 * y + i - 1, 2 * x + j - 1];
              if (row < 0 || row >= 12 || column < 0 || column >= 12) continue;
              const pixel = (images[image + row * 12 + column] / 255 - 0.3) / 0.3;
              for (let c = 0; c < 8; c++) out[c] += pixel * kernel.data[(i * 5 + j) * 8 + c];
            }
          }
          for (let c = 0; c < 8; c++) {
            sums[c] += out[c];
            squares[c] += out[c] ** 2;
          }
        }
      }
    }
    const mean = Array.from(sums, (sum) => sum / (250 * 36));
    return { mean, variance: mean.map((value, c) => squares[c] / (250 * 36) - value ** 2) };
  });
  const average = (of: 'mean' | 'variance') => measured[0][of].map((value, c) => (value + measured[1][of][c]) / 2);
  return { mean: average('mean'), variance: average('variance') };
}

describe.each(['wasm', 'onnx'] as const)('statistics of batch norms on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, { threads: 1 });
  });
  afterAll(() => engine.close());
  const train = (changes: Partial<TrainingConfig> = {}) =>
    trainModel({ spec, data, engine, config: { ...plain, ...changes }, rng: createRng('recalibrate') });

  it.each([
    ['the weights', {}],
    ['the averaged weights', { ema: { decay: 0.8 } }],
  ])('are those of %s as they are handed out, over training images', async (_what, changes) => {
    const { variables } = await train(changes);
    const { mean, variance } = expected(variables['c1/kernel']);
    mean.forEach((value, c) => expect(variables['n1/moving_mean'].data[c]).toBeCloseTo(value, 4));
    variance.forEach((value, c) => expect(variables['n1/moving_variance'].data[c] / value).toBeCloseTo(1, 4));
  });

  it('of frozen parts stand still', async () => {
    const { variables } = await train({ freeze: ['n1'] });
    expect([...variables['n1/moving_mean'].data]).toEqual(Array(8).fill(0));
    expect([...variables['n1/moving_variance'].data]).toEqual(Array(8).fill(1));
  });

  it('are nothing to measure where there are no batch norms; no tensor is left', async () => {
    const before = memory().numTensors;
    const { variables } = await train({ epochs: 0 });
    const state = engine.createState(variables);
    const options = { engine, state, data, valuesOf: () => ({}), changed: () => ({}) };
    expect(await createRecalibrator({ ...options, spec, skips: () => true })).toBeUndefined();
    const rest = { ...spec, nodes: spec.nodes.filter(({ op }) => op !== 'batch_norm') };
    expect(await createRecalibrator({ ...options, spec: rest, skips: () => false })).toBeUndefined();
    state.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
