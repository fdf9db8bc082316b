import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { trainModel } from '../../src/distillation/trainModel.js';
import { engines, openEngine } from '../../src/engines/registry.js';
import type { ModelSpec } from '../../src/models/ModelSpec.js';
import { SpecBuilder } from '../../src/models/SpecBuilder.js';
import { tinyData, tinyJob } from '../executors/tinyStudy.js';

/** A residual branch that is dropped whole, and values that are dropped one by one. */
function student(path: number, single: number): ModelSpec {
  const b = new SpecBuilder([6, 6, 1]);
  const x = b.conv('conv', 'input', { filters: 4, kernel: 3 });
  const branch = b.conv('branch', x, { filters: 4, kernel: 3 });
  const kept = b.node({ name: 'path', op: 'drop_path', inputs: [branch], rate: path });
  const pooled = b.node({ name: 'pooled', op: 'global_avg_pool', inputs: [b.add('sum', x, kept)] });
  return b.build(b.dense('logits', b.node({ name: 'single', op: 'dropout', inputs: [pooled], rate: single }), 2));
}

/** The loss of a step on 96 times the same sample, step after step, with weights that do not move: only noise can change it. */
async function losses(engineName: string, spec: ModelSpec, seed: string): Promise<number[]> {
  const engine = await openEngine(engineName, { threads: 1 });
  const { dataset, splits, normalisation, augmentation } = tinyData();
  const data = { dataset, splits: { ...splits, train: new Int32Array(96) }, normalisation, augmentation };
  const seen: number[] = [];
  await trainModel({
    spec,
    data,
    config: { ...tinyJob(1, 5).training, batchSize: 96, learningRate: 1e-20, losses: [{ loss: 'ce', weight: 1 }] },
    engine,
    rng: createRng(seed),
    onEpoch: ({ metrics }) => {
      seen.push(metrics.train_loss);
      return 'continue';
    },
  });
  engine.close();
  return seen;
}

const distinct = (values: readonly number[]) => new Set(values.map((value) => value.toFixed(6))).size;

const native = await engines.native.probe();
if (!native.available) it.skip(`engine native: ${native.reason}; get it with: ${native.install}`);
const others = native.available ? ['wasm', 'native'] : ['wasm'];

describe.each(['onnx', ...others])('engine %s', (engine) => {
  it.each([
    ['stochastic depth', student(0.5, 0)],
    ['dropout', student(0, 0.5)],
  ])('%s drops anew at every step, and the same again under the same seed', async (_name, spec) => {
    const first = await losses(engine, spec, 'a');
    // Of equal samples only their number counts, so that two steps may agree by chance.
    expect(distinct(first)).toBeGreaterThan(2);
    expect(await losses(engine, spec, 'a')).toEqual(first);
    expect(await losses(engine, spec, 'b')).not.toEqual(first);
  });

  it('where nothing is dropped, the step is the same every time', async () => {
    expect(distinct(await losses(engine, student(0, 0), 'a'))).toBe(1);
  });
});

it('all engines drop the same under the same seed', async () => {
  const onnx = await losses('onnx', student(0.5, 0.5), 'c');
  for (const other of others) {
    const seen = await losses(other, student(0.5, 0.5), 'c');
    onnx.forEach((loss, i) => expect(loss).toBeCloseTo(seen[i], 5));
  }
});
