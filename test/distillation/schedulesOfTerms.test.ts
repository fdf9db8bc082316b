import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { rampValue, weightRampSchema } from '../../src/distillation/schedules/ramp.js';
import { trainModel } from '../../src/distillation/trainModel.js';
import type { TrainingTerm } from '../../src/distillation/TrainingConfig.js';
import type { Engine } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { config, data, spec } from './shapes.js';

describe('ramps', () => {
  const at = (ramp: unknown, total = 11) =>
    [0, 2, 5, 10].map((step) => rampValue(weightRampSchema.parse(ramp), step, total));
  it('are what they are called, in fractions of the steps', () => {
    expect(at({ kind: 'constant', value: 0.4 })).toEqual([0.4, 0.4, 0.4, 0.4]);
    expect(at({ kind: 'linear', from: 1, to: 3 })).toEqual([1, 1.4, 2, 3]);
    expect(at({ kind: 'linear', from: 1, to: 3, begin: 0.2, end: 0.5 })).toEqual([1, 1, 3, 3]);
    const cosine = at({ kind: 'cosine', from: 2, to: 0 });
    [2, 1 + Math.cos(Math.PI / 5), 1, 0].forEach((value, i) => expect(cosine[i]).toBeCloseTo(value, 12));
    expect(at({ kind: 'warm-up', length: 0.5 })).toEqual([0, 0.4, 1, 1]);
    // Brief and full go through the same values.
    const ramp = weightRampSchema.parse({ kind: 'cosine', from: 2, to: 0 });
    expect(rampValue(ramp, 30, 101)).toBeCloseTo(rampValue(ramp, 3, 11), 12);
    expect(rampValue(ramp, 0, 1)).toBe(0);
  });
});

describe.each(['wasm', 'onnx'] as const)('schedules of terms on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, { threads: 1 });
  });
  afterAll(() => engine.close());
  const train = (losses: TrainingTerm[], weighting?: { name: string; options?: Record<string, unknown> }, open = engine) =>
    trainModel({ spec, data, config: { ...config, epochs: 2, losses, ...(weighting ? { weighting } : {}) }, engine: open, rng: createRng('terms') }); // prettier-ignore
  const ce = { loss: 'ce', weight: 0.3 };

  it('a weight that stays is the same training as a plain one, and is logged', async () => {
    const plain = await train([{ loss: 'kd', weight: 0.7 }, ce]);
    const fed = await train([{ loss: 'kd', weight: 1.4, schedule: { kind: 'constant', value: 0.5 } }, ce]);
    expect(fed.metrics.weight_kd).toBeCloseTo(0.7, 6);
    expect(plain.metrics.weight_kd).toBeUndefined();
    expect(fed.metrics.train_loss).toBeCloseTo(plain.metrics.train_loss, 4);
    expect(fed.metrics.loss_kd).toBeCloseTo(plain.metrics.loss_kd, 4);
  });

  it.each(['kd', 'dkd', 'dist', 'ofa', 'logit-standardization'])(
    'a temperature that stays is the same training with %s as an option',
    async (loss) => {
      const plain = await train([{ loss, weight: 0.5, options: { temperature: 3 } }, ce]);
      const fed = await train([{ loss, weight: 0.5, temperature: { kind: 'constant', value: 3 } }, ce]);
      const other = await train([{ loss, weight: 0.5, options: { temperature: 2 } }, ce]);
      expect(fed.metrics[`temperature_${loss}`]).toBeCloseTo(3, 6);
      expect(fed.metrics.train_loss / plain.metrics.train_loss).toBeCloseTo(1, 3);
      expect(Math.abs(other.metrics.train_loss / plain.metrics.train_loss - 1)).toBeGreaterThan(3e-3);
    },
  );

  it('a ramp needs one compiled step for all of its values', async () => {
    let compiled = 0;
    const counting: Engine = {
      info: engine.info,
      createState: (values) => engine.createState(values),
      compile: (...args) => {
        compiled++;
        return engine.compile(...args);
      },
      check: (...args) => engine.check(...args),
      close: () => undefined,
    };
    const ramp = { kind: 'linear', from: 0, to: 2, begin: 0, end: 1 } as const;
    const { metrics } = await train([{ loss: 'kd', weight: 1, schedule: ramp, temperature: { ...ramp, from: 1, to: 6 } }, ce], undefined, counting); // prettier-ignore
    // The step, the measurement of statistics and the evaluation.
    expect(compiled).toBe(3);
    // Two epochs of six steps: the second covers steps 6 to 11 of 12.
    expect(metrics.weight_kd).toBeCloseTo((2 * (6 + 11)) / 2 / 11, 5);
    expect(metrics.temperature_kd).toBeCloseTo(1 + (5 * (6 + 11)) / 2 / 11, 5);
  });

  it('uncertainty learns weights by the equation, and logs them', async () => {
    const { metrics, variables } = await train([{ loss: 'kd', weight: 1 }, ce], { name: 'uncertainty' });
    expect(metrics.weight_kd).toBeGreaterThan(0);
    expect(metrics.weight_kd).not.toBeCloseTo(1, 3);
    expect(metrics.weight_ce).not.toBeCloseTo(0.3, 3);
    expect(Object.keys(variables).filter((key) => key.startsWith('adapter'))).toEqual([]);
  });

  it('difficulty weighs wrong images more than right ones, and logs both', async () => {
    const { metrics } = await train([{ loss: 'kd', weight: 1 }, ce], { name: 'difficulty', options: { gamma: 2 } });
    expect(metrics.weight_wrong).toBeGreaterThan(metrics.weight_right + 0.1);
  });
});
