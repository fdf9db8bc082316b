import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import type { StudyData, TrainingConfig } from '../../src/distillation/TrainingConfig.js';
import { evaluateModel } from '../../src/distillation/evaluateModel.js';
import { runTrial } from '../../src/executors/runTrial.js';
import { trainModel, type Checkpoint } from '../../src/distillation/trainModel.js';
import type { Engine } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { memory } from '../../src/engines/tf.js';
import type { ModelSpec } from '../../src/models/ModelSpec.js';

const side = 12;
const counts = { train: 192, validation: 70 };

/** A horizontal bar, a vertical bar or a square at a random place, in noise; the teacher knows the label. */
function shapes(): StudyData {
  const rng = createRng('shapes');
  const count = counts.train + counts.validation;
  const images = new Uint8Array(new SharedArrayBuffer(count * side * side));
  const labels = new Int32Array(new SharedArrayBuffer(count * 4));
  const sizes = [
    [2, 8],
    [8, 2],
    [4, 4],
  ];
  for (let n = 0; n < count; n++) {
    labels[n] = n % 3;
    const [h, w] = sizes[n % 3];
    const [top, left] = [rng.int(side - h + 1), rng.int(side - w + 1)];
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const inside = y >= top && y < top + h && x >= left && x < left + w;
        images[n * side * side + y * side + x] = (inside ? 170 : 0) + rng.int(80);
      }
    }
  }
  const range = (from: number, size: number) => Int32Array.from({ length: size }, (_, i) => from + i);
  const logits = new Float32Array(new SharedArrayBuffer(counts.train * 3 * 4));
  const features = new Float32Array(new SharedArrayBuffer(counts.train * 5 * 4));
  for (let r = 0; r < counts.train; r++) {
    logits[r * 3 + labels[r]] = 4;
    features[r * 5 + labels[r]] = 1;
  }
  return {
    dataset: {
      name: 'shapes',
      digest: 'shapes',
      shape: [side, side, 1],
      classes: ['wide', 'tall', 'square'],
      count,
      images,
      labels,
      officialTest: new Int32Array(0),
    },
    splits: {
      train: range(0, counts.train),
      validation: range(counts.train, counts.validation),
      test: new Int32Array(0),
    },
    normalisation: { mean: [0.3], std: [0.3] },
    augmentation: { shift: 0, flip: false, views: 1, seed: 1 },
    teacher: {
      digest: 'known',
      classes: 3,
      views: 1,
      rows: counts.train,
      logits,
      taps: { embedding: { shape: [5], data: features } },
    },
  };
}

const spec: ModelSpec = {
  input: [side, side, 1],
  nodes: [
    { name: 'c1', op: 'conv2d', inputs: ['input'], filters: 8, kernel: 5, stride: 2, padding: 'same', useBias: false },
    { name: 'n1', op: 'batch_norm', inputs: ['c1'] },
    { name: 'a1', op: 'activation', inputs: ['n1'], function: 'relu' },
    { name: 'c2', op: 'conv2d', inputs: ['a1'], filters: 16, kernel: 3, stride: 1, padding: 'same', useBias: true },
    { name: 'a2', op: 'activation', inputs: ['c2'], function: 'relu' },
    { name: 'pool', op: 'global_avg_pool', inputs: ['a2'] },
    { name: 'drop', op: 'dropout', inputs: ['pool'], rate: 0.1 },
    { name: 'fc', op: 'dense', inputs: ['drop'], units: 3, useBias: true },
  ],
  logits: 'fc',
  taps: { embedding: 'pool' },
};

const config: TrainingConfig = {
  epochs: 8,
  batchSize: 32,
  optimiser: { name: 'adamw' },
  learningRate: 0.02,
  schedule: { name: 'warmup-cosine' },
  clipNorm: 1,
  labelSmoothing: 0,
  losses: [
    { loss: 'kd', weight: 0.7 },
    { loss: 'ce', weight: 0.3 },
  ],
};
const data = shapes();

describe.each(['wasm', 'onnx'] as const)('trainModel on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, { threads: 1 });
  });
  afterAll(() => {
    engine.close();
  });
  const train = (options: Partial<Parameters<typeof trainModel>[0]> = {}) =>
    trainModel({ spec, data, config, engine, rng: createRng('test'), ...options });

  it('learns, reports every term, and evaluates as the model that it returns', async () => {
    const { metrics, variables, state } = await train();
    expect(state).toBe('COMPLETE');
    expect(metrics.accuracy).toBeGreaterThan(0.8);
    expect(metrics.train_loss).toBeCloseTo(0.7 * metrics.loss_kd + 0.3 * metrics.loss_ce, 4);
    const { dataset, splits, normalisation } = data;
    const indices = splits.validation;
    const again = await evaluateModel({ spec, variables, engine, dataset, indices, normalisation, classes: 3 });
    expect(again.accuracy).toBe(metrics.accuracy);
    const right = again.predictions.filter((c, i) => c === dataset.labels[indices[i]]).length;
    expect(right / indices.length).toBe(metrics.accuracy);
  });

  it('never counts the padding of the last batch', async () => {
    const { variables } = await train({ config: { ...config, epochs: 1 } });
    const { dataset, normalisation } = data;
    const all = Int32Array.from({ length: dataset.count }, (_, i) => i);
    const common = { spec, variables, engine, dataset, normalisation, classes: 3 };
    const whole = await evaluateModel({ ...common, indices: all });
    const [head, tail] = [all.subarray(0, 250), all.subarray(250)];
    const parts = await Promise.all([head, tail].map((indices) => evaluateModel({ ...common, indices })));
    expect([...whole.predictions]).toEqual(parts.flatMap(({ predictions }) => [...predictions]));
    const loss = (250 * parts[0].loss + tail.length * parts[1].loss) / all.length;
    expect(whole.loss).toBeCloseTo(loss, 5);
    await expect(evaluateModel({ ...common, indices: new Int32Array(0) })).rejects.toThrow('no images');
  });

  it('goes on from a checkpoint exactly as if it had not stopped', async () => {
    const short = { ...config, epochs: 3 };
    let checkpoint: Checkpoint | undefined;
    const whole = await train({
      config: short,
      onEpoch: async (report) => {
        if (report.epoch === 1) checkpoint = await report.checkpoint();
        return 'continue' as const;
      },
    });
    if (!checkpoint) throw new Error('no checkpoint');
    const resumed = await train({ config: short, resume: checkpoint });
    expect(resumed.metrics).toEqual(whole.metrics);
    expect(resumed.variables).toEqual(whole.variables);
  });

  it('is repeatable, stops when pruned, and leaves no tensors', async () => {
    const first = await train({ onEpoch: () => 'prune' });
    expect(first.state).toBe('PRUNED');
    const before = memory().numTensors;
    const second = await train({ onEpoch: () => 'prune' });
    expect(memory().numTensors).toBe(before);
    expect(second.variables).toEqual(first.variables);
  });

  it.each(['hint', 'feature-l2', 'similarity', 'rkd', 'pkt', 'contrastive', 'cross-correlation'])(
    'trains an adapter or relation with %s, and exports only the model',
    async (loss) => {
      const losses = [
        { loss: 'ce', weight: 1 },
        { loss, weight: 0.1 },
      ];
      const { metrics, variables } = await train({ config: { ...config, losses, epochs: 1 } });
      expect(metrics[`loss_${loss}`]).toBeGreaterThanOrEqual(0);
      expect(Object.keys(variables).filter((key) => key.startsWith('adapter') || key.startsWith('opt'))).toEqual([]);
    },
  );

  it('turns faults into FAILED outcomes with their reason', async () => {
    const job = { trial: 1, seed: 's', spec, training: { ...config, learningRate: 1e30, clipNorm: null } };
    const diverged = await runTrial(job, { engine, data }, () => 'continue');
    expect(diverged).toMatchObject({ state: 'FAILED', metrics: {} });
    expect(diverged.reason).toMatch(/the loss became .* in epoch \d+, step \d+/);
    const { dataset, splits, normalisation, augmentation } = data;
    const alone = { dataset, splits, normalisation, augmentation };
    const untaught = await runTrial({ ...job, training: config }, { engine, data: alone }, () => 'continue');
    expect(untaught.reason).toMatch(/needs a teacher/);
    if (!data.teacher) throw new Error('no teacher');
    const foreign = { ...data, teacher: { ...data.teacher, rows: 100 } };
    const stale = await runTrial({ ...job, training: config }, { engine, data: foreign }, () => 'continue');
    expect(stale.reason).toMatch(/100 rows/);
  });
});
