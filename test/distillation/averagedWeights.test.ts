import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { averageDecay } from '../../src/distillation/averagedWeights.js';
import { evaluateModel } from '../../src/distillation/evaluateModel.js';
import { trainModel, type Checkpoint } from '../../src/distillation/trainModel.js';
import { createTrainingStep } from '../../src/distillation/trainingStep.js';
import type { Engine } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { config, data, spec } from './shapes.js';

it('the decay rises to its value, so that a brief average is not the first weights', () => {
  expect([0, 1, 8, 1000].map((step) => averageDecay(0.9, step))).toEqual([0.1, 2 / 11, 0.5, 0.9]);
});

describe.each(['wasm', 'onnx'] as const)('averaged weights on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, { threads: 1 });
  });
  afterAll(() => engine.close());
  const train = (options: Partial<Parameters<typeof trainModel>[0]> = {}) =>
    trainModel({ spec, data, config: averaged, engine, rng: createRng('average'), ...options });
  // One step an epoch: every checkpoint holds the weights after a step.
  const averaged = { ...config, epochs: 6, batchSize: 192, ema: { decay: 0.3 } };

  it('are what is handed out and evaluated: the recurrence over the raw weights, in double precision', async () => {
    const { dataset, splits, normalisation } = data;
    const first = createTrainingStep({ spec, config, batch: 192, classes: 3, imageShape: dataset.shape, teacher: data.teacher, rng: createRng('average') }); // prettier-ignore
    const name = 'c1/kernel';
    let expected = Array.from(first.state[name].data);
    let raw: number[] = [];
    let step = 0;
    const { variables, metrics } = await train({
      onEpoch: async (report) => {
        raw = Array.from((await report.checkpoint()).state[name].data);
        const decay = Math.min(0.3, (1 + step) / (10 + step));
        expected = expected.map((value, i) => decay * value + (1 - decay) * raw[i]);
        step++;
        return 'continue' as const;
      },
    });
    const got = Array.from(variables[name].data);
    got.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 6));
    expect(Math.max(...got.map((value, i) => Math.abs(value - raw[i])))).toBeGreaterThan(1e-4);
    expect(Object.keys(variables)).toEqual([...first.modelNames]);
    const common = { spec, engine, dataset, indices: splits.validation, normalisation, classes: 3 };
    const again = await evaluateModel({ ...common, variables });
    expect([again.accuracy, again.loss]).toEqual([metrics.accuracy, metrics.loss]);
  });

  it('go on from a checkpoint bit by bit; it holds the weights and their average', async () => {
    let checkpoint: Checkpoint | undefined;
    const whole = await train({
      onEpoch: async (report) => {
        if (report.epoch === 2) checkpoint = await report.checkpoint();
        return 'continue' as const;
      },
    });
    expect(Object.keys(checkpoint!.state)).toEqual(expect.arrayContaining(['c1/kernel', 'average/model']));
    const resumed = await train({ resume: checkpoint! });
    expect(resumed.variables).toEqual(whole.variables);
    expect(resumed.metrics).toEqual(whole.metrics);
  });
});
