import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { planPhases } from '../../src/distillation/stages.js';
import { trainModel, type Checkpoint } from '../../src/distillation/trainModel.js';
import type { Stage, TrainingConfig } from '../../src/distillation/TrainingConfig.js';
import type { Engine, HostTensors } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { memory } from '../../src/engines/tf.js';
import { config, data, spec } from './shapes.js';

const common = { optimiser: config.optimiser, learningRate: 0.02, schedule: config.schedule };
const hint = { loss: 'hint', weight: 1 };
const stages: Stage[] = [
  { ...common, name: 'features', length: 0.25, losses: [hint] },
  { ...common, length: 0.25, losses: [{ loss: 'ce', weight: 0.5 }, hint], freeze: ['c1', 'n1'] },
  { ...common, length: 0.5, losses: config.losses, optimiser: { name: 'sgd' }, learningRate: 0.01 },
];
const staged: TrainingConfig = { ...config, epochs: 4, stages, losses: stages.flatMap(({ losses }) => losses) };

describe('planPhases', () => {
  it('gives each stage its fraction of whatever number of steps', () => {
    const ends = (steps: number) => planPhases(staged, steps).map(({ begin, end }) => [begin, end]);
    expect(ends(8)).toEqual([[0, 2], [2, 4], [4, 8]]); // prettier-ignore
    expect(ends(4000)).toEqual([[0, 1000], [1000, 2000], [2000, 4000]]); // prettier-ignore
    expect(ends(3)).toEqual([[0, 1], [1, 2], [2, 3]]); // prettier-ignore
    expect(() => planPhases(staged, 2)).toThrow('3 stages need as many steps, and there are only 2');
  });
});

describe.each(['wasm', 'onnx'] as const)('stages on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, { threads: 1 });
  });
  afterAll(() => engine.close());

  async function train(options: Partial<Parameters<typeof trainModel>[0]> = {}) {
    const states: HostTensors[] = [];
    const logs: string[][] = [];
    const result = await trainModel({
      spec,
      data,
      config: staged,
      engine,
      rng: createRng('stages'),
      onEpoch: async ({ checkpoint, metrics }) => {
        states.push((await checkpoint()).state);
        logs.push(Object.keys(metrics).filter((key) => key.startsWith('loss_')));
        return 'continue' as const;
      },
      ...options,
    });
    return { result, states, logs };
  }

  it('train what their losses reach and nothing that is frozen, one after the other', async () => {
    const before = memory().numTensors;
    const { states, logs } = await train();
    expect(memory().numTensors).toBe(before);
    // Four epochs: one of features, one of features and labels, two of outputs.
    expect(logs).toEqual([['loss_hint'], ['loss_ce', 'loss_hint'], ['loss_kd', 'loss_ce'], ['loss_kd', 'loss_ce']]);
    const same = (key: string, a: number, b: number) => expect(states[a][key], key).toEqual(states[b][key]);
    const moved = (key: string, a: number, b: number) => expect(states[a][key], key).not.toEqual(states[b][key]);
    // The hint at the pooled features does not reach the classifier: it keeps its first values, undecayed.
    const { states: still } = await train({ config: { ...staged, epochs: 1, stages: [{ ...stages[0], length: 1 }] } });
    expect(states[0]['fc/kernel']).toEqual(still[0]['fc/kernel']);
    moved('fc/kernel', 0, 1);
    for (const key of ['c1/kernel', 'n1/gamma', 'n1/moving_mean']) {
      same(key, 0, 1);
      moved(key, 1, 2);
    }
    moved('c2/kernel', 0, 1);
    // Its own optimiser, and no adapter where no loss has one.
    expect(Object.keys(states[1]).some((key) => key.startsWith('opt/m/'))).toBe(true);
    expect(Object.keys(states[2]).filter((key) => /^opt\/m\/|^adapter/.test(key))).toEqual([]);
    expect(Object.keys(states[2])).toEqual(expect.arrayContaining(['opt/velocity/weights']));
  });

  it('hand an adapter on to the same term of the next stage', async () => {
    const frozen = { ...stages[1], learningRate: 1e-30 };
    const { states } = await train({ config: { ...staged, stages: [stages[0], frozen, stages[2]] } });
    // The hint is the first term of stage 1 and the second of stage 2.
    expect(states[1]['adapter/1/kernel']).toEqual(states[0]['adapter/0/kernel']);
  });

  it.each([1, 2, 3])('go on from a checkpoint after epoch %i bit by bit', async (epoch) => {
    const averaged = { ...staged, ema: { decay: 0.9 } };
    let kept: Checkpoint | undefined;
    const whole = await train({
      config: averaged,
      onEpoch: async (report) => {
        if (report.epoch === epoch) kept = await report.checkpoint();
        return 'continue' as const;
      },
    });
    const resumed = await train({ config: averaged, resume: kept! });
    expect(resumed.result.variables).toEqual(whole.result.variables);
    expect(resumed.result.metrics).toEqual(whole.result.metrics);
  });

  it('refuse a part that is not there, and a stage in which nothing can move', async () => {
    const freeze = (parts: string[]) => ({ ...staged, stages: [{ ...stages[0], length: 1, freeze: parts }] });
    await expect(train({ config: freeze(['c9']) })).rejects.toThrow('the student has no part "c9"');
    await expect(train({ config: freeze(['c1', 'n1', 'c2']) })).rejects.toThrow('everything is frozen');
  });
});
