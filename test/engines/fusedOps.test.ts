import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { createAdamW } from '../../src/distillation/optimisers/adamW.js';
import type { Engine, HostTensor, HostTensors, Tensors } from '../../src/engines/Engine.js';
import { fusedOps, type FusedOps } from '../../src/engines/fusedOps.js';
import { openEngine } from '../../src/engines/registry.js';
import * as tf from '../../src/engines/tf.js';
import { activationFunctions } from '../../src/models/layers/activation.js';
import { normaliseBatch } from '../../src/models/layers/normaliseBatch.js';
import { normaliseRows } from '../../src/models/layers/normaliseRows.js';
import { relativeError, runOnce } from './contract.js';
import { normal } from './contractInputs.js';
import { openReferenceEngine } from './referenceEngine.js';

const names = ['wasm'] as const;

describe.each(names)('functions that engine %s has as one operator', (name) => {
  let engine: Engine;
  let reference: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, { threads: 1 });
    reference = await openReferenceEngine();
  });
  afterAll(() => engine?.close());

  const draw = (key: string, ...shape: number[]): HostTensor => normal(...shape)(createRng(`fused/${key}`));

  /** Value and gradients of sum(y * cos) like those of the reference, which has no fused function. */
  async function agree(
    op: keyof FusedOps,
    inputs: HostTensors,
    f: (inputs: Tensors) => { y: tf.Tensor; others?: Tensors },
    tolerance = 1e-5,
  ): Promise<void> {
    const offered: boolean[] = [];
    const keys = Object.keys(inputs);
    const step = (_: Tensors, feeds: Tensors) => {
      offered.push(fusedOps()[op] !== undefined);
      const { y, others } = f(feeds);
      const above = tf.reshape(tf.cos(tf.range(0, y.size)), y.shape);
      const grads = tf.grads((...values: tf.Tensor[]) =>
        tf.sum(tf.mul(f(Object.fromEntries(keys.map((key, i) => [key, values[i]]))).y, above)),
      )(keys.map((key) => feeds[key]));
      return { outputs: { y, ...others, ...Object.fromEntries(keys.map((key, i) => [`d ${key}`, grads[i]])) } };
    };
    const before = tf.memory().numTensors;
    const expected = await runOnce(reference, step, inputs);
    const actual = await runOnce(engine, step, inputs);
    expect(offered).toEqual([false, true]);
    for (const [key, value] of Object.entries(expected)) {
      expect(actual[key].shape, key).toEqual(value.shape);
      expect(relativeError(actual[key].data, value.data), key).toBeLessThan(tolerance);
    }
    expect(tf.memory().numTensors).toBe(before);
  }

  it('GELU, from where it is flat to where it is the line', async () => {
    const data = Float32Array.from({ length: 2003 }, (_, i) => (i - 1001) / 77);
    await agree('gelu', { x: { shape: [2003], dtype: 'float32', data } }, ({ x }) => ({ y: activationFunctions.gelu(x) })); // prettier-ignore
    await agree('gelu', { x: draw('gelu', 3, 2, 7) }, ({ x }) => ({ y: activationFunctions.gelu(x) }));
  });

  it('hard-swish, its kinks included', async () => {
    const x: HostTensor = { shape: [9], dtype: 'float32', data: Float32Array.of(-5, -3, -2.9, -1, 0, 1, 2.9, 3, 5) };
    await agree('hardSwish', { x }, (inputs) => ({ y: activationFunctions.hard_swish(inputs.x) }));
    await agree('hardSwish', { x: draw('swish', 5, 7) }, (inputs) => ({ y: activationFunctions.hard_swish(inputs.x) })); // prettier-ignore
  });

  it.each([[[2, 3, 8]], [[5, 7]], [[1, 1]], [[3, 1, 2, 18]]])('layer norm over %j', async (shape) => {
    const width = shape[shape.length - 1];
    const inputs = { x: draw('x', ...shape), gamma: draw('gamma', width), beta: draw('beta', width) };
    await agree('normaliseRows', inputs, ({ x, gamma, beta }) => ({ y: normaliseRows(x, gamma, beta, 1e-5) }), 1e-4);
  });

  // 300 rows are summed in two blocks; 1 and 6 columns leave some over.
  it.each([[[4, 5, 3, 6]], [[300, 6]], [[257, 1]], [[4, 5, 8]], [[1, 1, 1, 6]]])(
    'batch norm over %j',
    async (shape) => {
      const width = shape[shape.length - 1];
      const inputs = { x: draw('x', ...shape), gamma: draw('gamma', width), beta: draw('beta', width) };
      await agree(
        'normaliseBatch',
        inputs,
        ({ x, gamma, beta }) => {
          const { output, mean, variance } = normaliseBatch(x, gamma, beta, 1e-3);
          return { y: output, others: { mean, variance } };
        },
        5e-4,
      );
    },
  );

  it('AdamW: five steps of two groups, one of them decayed', async () => {
    const params = { kernel: draw('kernel', 3, 7), bias: draw('bias', 5) };
    const optimiser = createAdamW({ beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.05 });
    const train = async (on: Engine) => {
      const state = on.createState({ ...params, ...optimiser.init(params) });
      const step = await on.compile(
        (s, { lr }) => {
          const grads = Object.fromEntries(Object.keys(params).map((key) => [key, tf.mul(tf.cos(s[key]), 0.3)]));
          const { kernel, bias } = s;
          const next = optimiser.apply({ params: { kernel, bias }, grads, state: s, lr: lr as tf.Scalar });
          return { state: { ...next.params, ...next.state }, outputs: {} };
        },
        state.specs,
        { lr: { shape: [], dtype: 'float32' } },
      );
      for (let i = 0; i < 5; i++) {
        await step.run(state, { lr: { shape: [], dtype: 'float32', data: Float32Array.of(0.01 * (i + 1)) } });
      }
      const end = await state.read();
      state.dispose();
      return end;
    };
    const [expected, actual] = [await train(reference), await train(engine)];
    for (const [key, value] of Object.entries(expected)) {
      expect(relativeError(actual[key].data, value.data, 1e-6), key).toBeLessThan(1e-5);
    }
  });
});
