import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { clipByGlobalNorm, clipGradientsByValue } from '../../src/distillation/optimisers/clipping.js';
import type { Optimiser } from '../../src/distillation/optimisers/Optimiser.js';
import { optimisers } from '../../src/distillation/optimisers/registry.js';
import type { Engine, HostTensor } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import * as tf from '../../src/engines/tf.js';
import { openReferenceEngine } from '../engines/referenceEngine.js';

const trace = z.object({ trace: z.array(z.array(z.number())) });
const matrix = z.array(z.array(z.number()));
const goldens = z
  .object({
    optimizers: z.object({
      start: z.array(z.number()),
      gradients: matrix,
      adamw: trace,
      adam: trace,
      sgd_momentum: trace,
      sgd_nesterov: trace,
      clip_by_global_norm: z.object({
        gradients: z.tuple([matrix, z.array(z.number())]),
        max_norm: z.number(),
        norm: z.number(),
        clipped: z.tuple([matrix, z.array(z.number())]),
      }),
    }),
  })
  .parse(JSON.parse(readFileSync('test/goldens/losses.json', 'utf8'))).optimizers;

const f32 = (shape: number[], values: number[]): HostTensor => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from(values),
});

/** All steps of the golden run; the parameters are laid out as the given shapes, one after the other. */
async function run(engine: Engine, optimiser: Optimiser, shapes: number[][], lr: number): Promise<number[][]> {
  const cut = (values: number[]) => {
    let offset = 0;
    return Object.fromEntries(
      shapes.map((shape, i) => {
        const size = shape.reduce((a, b) => a * b, 1);
        offset += size;
        return [`p${i}`, f32(shape, values.slice(offset - size, offset))];
      }),
    );
  };
  const params = cut(goldens.start);
  const state = engine.createState({ ...params, ...optimiser.init(params) });
  const names = Object.keys(params);
  const feeds = cut(goldens.gradients[0]);
  const step = await engine.compile(
    (all, { lr, ...grads }) => {
      const own = Object.fromEntries(names.map((name) => [name, all[name]]));
      const next = optimiser.apply({ params: own, grads, state: all, lr: lr as tf.Scalar });
      return { state: { ...next.params, ...next.state }, outputs: next.params };
    },
    state.specs,
    { ...feeds, lr: { shape: [], dtype: 'float32' } },
  );
  const rows: number[][] = [];
  for (const gradient of goldens.gradients) {
    const out = await step.run(state, { ...cut(gradient), lr: f32([], [lr]) });
    rows.push(names.flatMap((name) => [...out[name].data]));
  }
  step.dispose();
  state.dispose();
  return rows;
}

function expectClose(actual: number[], expected: number[]): void {
  expect(actual.length).toBe(expected.length);
  // Relative 1e-4, with an absolute floor for values that cancel to almost nothing.
  actual.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(1e-4 * Math.abs(expected[i]) + 1e-6));
}

const engines = {
  reference: openReferenceEngine,
  wasm: () => openEngine('wasm', { threads: 1 }),
};

describe.each(Object.entries(engines))('optimisers on %s', (_name, open) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await open();
  });
  afterAll(() => engine.close());

  const cases = [
    ['adamw', optimisers.adamw.create({ weightDecay: 0.05 }), 0.01, goldens.adamw.trace],
    ['adam', optimisers.adam.create(), 0.01, goldens.adam.trace],
    ['sgd momentum', optimisers.sgd.create(), 0.1, goldens.sgd_momentum.trace],
    ['sgd nesterov', optimisers.sgd.create({ nesterov: true, weightDecay: 0 }), 0.1, goldens.sgd_nesterov.trace],
  ] as const;

  it.each(cases)('%s follows the reference run', async (_case, optimiser, lr, expected) => {
    const before = tf.memory().numTensors;
    const rows = await run(engine, optimiser, [[2, 2], [1, 2]], lr); // prettier-ignore
    rows.forEach((row, i) => expectClose(row, expected[i]));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('never decays biases and norms', async () => {
    const decaying = optimisers.adamw.create({ weightDecay: 0.05 });
    const rows = await run(engine, decaying, [[1, 3], [2], []], 0.01);
    rows.forEach((row, i) => {
      expectClose(row.slice(0, 3), goldens.adamw.trace[i].slice(0, 3));
      expectClose(row.slice(3), goldens.adam.trace[i].slice(3));
    });
  });

  it('clips by global norm and by value', async () => {
    const { gradients, max_norm, norm, clipped } = goldens.clip_by_global_norm;
    const feeds = { a: f32([3, 2], gradients[0].flat()), b: f32([5], gradients[1]) };
    const state = engine.createState({});
    const step = await engine.compile(
      (_, { a, b }) => {
        const tight = clipByGlobalNorm({ a, b }, max_norm);
        const loose = clipByGlobalNorm({ a, b }, 100);
        const limited = clipGradientsByValue({ b }, 0.7);
        return { outputs: { ...tight.grads, norm: tight.norm, loose: loose.grads.b, limited: limited.b } };
      },
      {},
      feeds,
    );
    const out = await step.run(state, feeds);
    expectClose([...out.norm.data], [norm]);
    expectClose([...out.a.data], clipped[0].flat());
    expectClose([...out.b.data], clipped[1]);
    expectClose([...out.loose.data], gradients[1]);
    expectClose([...out.limited.data], gradients[1].map((g) => Math.min(0.7, Math.max(-0.7, g)))); // prettier-ignore
  });
});

describe('options of optimisers', () => {
  it('are refused by name', () => {
    expect(() => optimisers.adamw.create({ beta3: 1 })).toThrow(/adamw: .*beta3/);
    expect(() => optimisers.sgd.create({ momentum: 2 })).toThrow(/sgd: momentum/);
  });
});
