import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { evaluateModel } from '../../src/distillation/evaluateModel.js';
import { runTrial } from '../../src/executors/runTrial.js';
import { trainModel, type Checkpoint } from '../../src/distillation/trainModel.js';
import type { Engine } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { memory } from '../../src/engines/tf.js';
import { config, data, spec } from './shapes.js';

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
