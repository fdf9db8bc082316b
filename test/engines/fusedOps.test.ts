import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { averagedHostValues, averageName, firstAverage, movedAverage } from '../../src/distillation/averagedWeights.js';
import { createAdamW } from '../../src/distillation/optimisers/adamW.js';
import { clipByGlobalNorm } from '../../src/distillation/optimisers/clipping.js';
import type { Optimiser } from '../../src/distillation/optimisers/Optimiser.js';
import { createSgd } from '../../src/distillation/optimisers/sgd.js';
import type { Engine, HostTensor, HostTensors, StepFunction, Tensors } from '../../src/engines/Engine.js';
import { fusedOps, type FusedOps } from '../../src/engines/fusedOps.js';
import { engines, openEngine } from '../../src/engines/registry.js';
import * as tf from '../../src/engines/tf.js';
import { activationFunctions } from '../../src/models/layers/activation.js';
import { selfAttention } from '../../src/models/layers/attention.js';
import { project } from '../../src/models/layers/dense.js';
import { normaliseBatch } from '../../src/models/layers/normaliseBatch.js';
import { normaliseRows } from '../../src/models/layers/normaliseRows.js';
import { aroundKinks, drawing, expectAgreement, valuesAndGradients } from './againstReference.js';
import { relativeError, runOnce } from './contract.js';
import { openReferenceEngine } from './referenceEngine.js';

const names: ('wasm' | 'native')[] = ['wasm'];
const probe = await engines.native.probe();
if (probe.available) names.push('native');
else it.skip(`engine native: ${probe.reason}; get it with: ${probe.install}`);

describe.each(names)('functions that engine %s has as one operator', (name) => {
  let engine: Engine;
  let reference: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, { threads: 1 });
    reference = await openReferenceEngine();
  });
  afterAll(() => engine?.close());

  const draw = drawing('fused');

  /** Value and gradients of sum(y * cos) like those of the reference, which has no fused function. */
  async function agree(
    op: keyof FusedOps,
    inputs: HostTensors,
    f: (inputs: Tensors) => { y: tf.Tensor; others?: Tensors },
    tolerance = 1e-5,
  ): Promise<void> {
    const offered: boolean[] = [];
    const compute = (given: Tensors) => {
      const { y, others } = f(given);
      return { y, ...others };
    };
    const step = valuesAndGradients(Object.keys(inputs), compute, ['y']);
    const asking: StepFunction = (state, feeds) => {
      offered.push(fusedOps()[op] !== undefined);
      return step(state, feeds);
    };
    await expectAgreement({ engine, reference }, asking, inputs, tolerance);
    expect(offered).toEqual([false, true]);
  }

  it('GELU, from where it is flat to where it is the line', async () => {
    const data = Float32Array.from({ length: 2003 }, (_, i) => (i - 1001) / 77);
    await agree('gelu', { x: { shape: [2003], dtype: 'float32', data } }, ({ x }) => ({ y: activationFunctions.gelu(x) })); // prettier-ignore
    await agree('gelu', { x: draw('gelu', 3, 2, 7) }, ({ x }) => ({ y: activationFunctions.gelu(x) }));
  });

  it('hard-swish, its kinks included', async () => {
    await agree('hardSwish', { x: aroundKinks }, (inputs) => ({ y: activationFunctions.hard_swish(inputs.x) }));
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

  const optimisers: Record<string, Optimiser> = {
    AdamW: createAdamW({ beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.05 }),
    'descent with momentum': createSgd({ momentum: 0.9, nesterov: false, weightDecay: 5e-4 }),
    'descent with Nesterov momentum': createSgd({ momentum: 0.8, nesterov: true, weightDecay: 0 }),
  };
  it.each(Object.entries(optimisers))('%s, clipping and average: five steps', async (_name, optimiser) => {
    // Two kernels, two biases: groups of which one is decayed, whose moments lie one behind the other.
    const params = { kernel: draw('kernel', 3, 7), bias: draw('bias', 5), table: draw('table', 2, 2, 5), plain: draw('plain', 1) }; // prettier-ignore
    const keys = Object.keys(params) as (keyof typeof params)[];
    const scalar = (value: number): HostTensor => ({ shape: [], dtype: 'float32', data: Float32Array.of(value) });
    const train = async (on: Engine) => {
      const state = on.createState({
        ...params,
        ...optimiser.init(params),
        [averageName]: firstAverage(params, keys),
      });
      const step = await on.compile(
        (s, { lr, limit, decay }) => {
          const grads = Object.fromEntries(keys.map((key) => [key, tf.mul(tf.mul(tf.cos(s[key]), 0.3), limit)]));
          const clipped = clipByGlobalNorm(grads, 0.7);
          const given = Object.fromEntries(keys.map((key) => [key, s[key]]));
          const next = optimiser.apply({ params: given, grads: clipped.grads, state: s, lr: lr as tf.Scalar });
          const average = movedAverage(s[averageName], next.params, keys, decay);
          return { state: { ...next.params, ...next.state, [averageName]: average }, outputs: { norm: clipped.norm } };
        },
        state.specs,
        Object.fromEntries(['lr', 'limit', 'decay'].map((key) => [key, { shape: [], dtype: 'float32' as const }])),
      );
      const norms: number[] = [];
      for (let i = 0; i < 5; i++) {
        // The first two are below the norm that is allowed.
        const feeds = { lr: scalar(0.01 * (i + 1)), limit: scalar(0.4 * (i + 1)), decay: scalar(0.5 + 0.1 * i) };
        norms.push((await step.run(state, feeds)).norm.data[0]);
      }
      const end = await state.read();
      state.dispose();
      return { norms, end };
    };
    const before = tf.memory().numTensors;
    const [expected, actual] = [await train(reference), await train(engine)];
    expect(relativeError(actual.norms, expected.norms)).toBeLessThan(1e-5);
    expect(expected.norms[0]).toBeLessThan(0.7);
    expect(expected.norms[4]).toBeGreaterThan(0.7);
    for (const [key, value] of Object.entries(expected.end)) {
      expect(relativeError(actual.end[key].data, value.data, 1e-6), key).toBeLessThan(2e-5);
    }
    const averages = averagedHostValues(actual.end[averageName], keys, params);
    expect(averages.table.shape).toEqual([2, 2, 5]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('a NaN among the gradients makes all of them NaN', async () => {
    const grads = { a: { ...draw('a', 3), data: Float32Array.of(1, NaN, 2) }, b: draw('b', 2) };
    const { a, b } = await runOnce(engine, (_, feeds) => ({ outputs: clipByGlobalNorm(feeds, 1).grads }), grads);
    expect([...a.data, ...b.data].every(Number.isNaN)).toBe(true);
  });
});

describe.runIf(probe.available)('layers that engine native has as one operator', () => {
  let native: Engine;
  let reference: Engine;
  beforeAll(async () => {
    native = await openEngine('native', { threads: 1 });
    reference = await openReferenceEngine();
  });
  afterAll(() => native?.close());
  const draw = drawing('layers');

  function same(inputs: HostTensors, f: (inputs: Tensors) => Tensors): Promise<void> {
    // A shift of all keys changes no softmax: that gradient is zero but for rounding.
    const floorOf = (key: string) => (key === 'd key_bias' ? 1 : 1e-3);
    return expectAgreement({ engine: native, reference }, valuesAndGradients(Object.keys(inputs), f), inputs, 1e-4, floorOf); // prettier-ignore
  }

  // Rows, columns and depth that tiles of 6 x 16 and cuts of 256 leave something over of.
  it.each([
    [[2, 3, 5], 7],
    [[6, 16], 16],
    [[7, 300], 17],
    [[1, 1], 1],
    [[700, 4], 33],
  ])('dense over %j to %i', async (shape, units) => {
    const channels = shape[shape.length - 1];
    const inputs = { x: draw('x', ...shape), w: draw('w', channels, units), bias: draw('bias', units) };
    await same(inputs, ({ x, w, bias }) => ({ y: project(x, w, bias) }));
    await same({ x: inputs.x, w: inputs.w }, ({ x, w }) => ({ y: project(x, w, undefined) }));
  });

  it.each([
    [2, 5, 6, 2],
    [1, 1, 4, 1],
    [2, 17, 24, 3],
  ])(
    'attention, batch %i, %i tokens of %i in %i heads: output, weights and their gradients',
    async (batch, tokens, width, heads) => {
      const names = ['query', 'key', 'value', 'output'].flatMap((name) => [`${name}_kernel`, `${name}_bias`]);
      const weights = names.map((name) => [name, name.endsWith('bias') ? draw(name, width) : draw(name, width, width)]);
      const inputs: HostTensors = { x: draw('x', batch, tokens, width), ...Object.fromEntries(weights) };
      await same(inputs, (given) => selfAttention(given.x, { heads }, (name) => given[name]));
    },
  );
});
