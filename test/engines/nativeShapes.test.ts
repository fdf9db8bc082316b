import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benchmarkStep } from '../../src/benchmarks/benchmarkProgram.js';
import { benchmarkNetNames } from '../../src/benchmarks/nets.js';
import type { Engine, HostTensor, StepFunction, TensorSpecs } from '../../src/engines/Engine.js';
import { ownShapes } from '../../src/engines/native/ownShapes.js';
import { tensorflow } from '../../src/engines/native/TensorflowBackend.js';
import { engines, openEngine } from '../../src/engines/registry.js';
import * as tf from '../../src/engines/tf.js';
import { floatNames, inputsOf } from './contract.js';
import { contractCases } from './contractCases.js';

const probe = await engines.native.probe();
if (!probe.available) it.skip(`engine native: ${probe.reason}; get it with: ${probe.install}`);

describe.runIf(probe.available)('what a recording infers without computing', () => {
  // `check` computes every operator as well, and refuses what does not come out as it was inferred.
  let single: Engine;
  beforeAll(async () => (single = await openEngine('native', { threads: 1 })));
  afterAll(() => single?.close());

  const float = (...shape: number[]) => ({ shape, dtype: 'float32' }) as const;
  const integer = (...shape: number[]) => ({ shape, dtype: 'int32' }) as const;

  it.each(contractCases.map((test) => [test.name, test] as const))(
    'is what TensorFlow computes: %s',
    async (_name, test) => {
      const inputs = inputsOf(test);
      const names = floatNames(inputs);
      const step: StepFunction = (_, given) => {
        const y = test.f(given);
        const f = (...values: tf.Tensor[]) =>
          test.f({ ...given, ...Object.fromEntries(names.map((name, i) => [name, values[i]])) });
        const gradients = test.forwardOnly ? [] : tf.grads(f)(names.map((name) => given[name]), tf.onesLike(y)); // prettier-ignore
        return { outputs: { y, ...Object.fromEntries(gradients.map((gradient, i) => [`d ${names[i]}`, gradient])) } };
      };
      await single.check(step, {}, inputs);
    },
  );

  it.each(benchmarkNetNames)('is what TensorFlow computes: a training step of the %s', async (net) => {
    const { training, feeds } = benchmarkStep(net, 3);
    await single.check(training.step, training.state, feeds);
  });

  it('is asked of our own operators, too: a shape that is not the computed one is found', async () => {
    const { binding } = tensorflow();
    const honest = binding.TF_FLOAT;
    const lying: StepFunction = (_, { x }) => {
      // Whoever infers integers here differs from the floats that are computed.
      Reflect.set(binding, 'TF_FLOAT', binding.TF_INT32);
      try {
        return { outputs: { y: tf.engine().runKernel('NasDistillHardSwish', { x }) as tf.Tensor } };
      } finally {
        Reflect.set(binding, 'TF_FLOAT', honest);
      }
    };
    await expect(single.check(lying, {}, { x: float(6) })).rejects.toThrow(/NasDistillHardSwish returned .* inferred/);
  });

  it('leaves open what TensorFlow leaves open: what its batch norm keeps for its gradient', async () => {
    const image: HostTensor = { ...float(2, 1, 1, 1), data: Float32Array.of(1, 3) };
    const step: StepFunction = (_, { x }) => {
      const number = (name: string, type: number, value: number | string | boolean) => ({ name, type, value });
      const { TF_ATTR_TYPE, TF_ATTR_FLOAT, TF_ATTR_BOOL, TF_FLOAT } = tensorflow().binding;
      const common = [number('T', TF_ATTR_TYPE, TF_FLOAT), number('U', TF_ATTR_TYPE, TF_FLOAT), number('epsilon', TF_ATTR_FLOAT, 0), number('is_training', TF_ATTR_BOOL, true)]; // prettier-ignore
      const [gamma, beta, none] = [tf.tensor1d([2]), tf.tensor1d([5]), tf.tensor1d([])];
      const results = tensorflow().executeMultipleOutputs('FusedBatchNormV3', common, [x, gamma, beta, none, none], 6);
      const gradients = tensorflow().executeMultipleOutputs('FusedBatchNormGradV3', common, [tf.onesLike(x), x, gamma, ...results.slice(3)], 5); // prettier-ignore
      return { outputs: { y: results[0], beta: gradients[2] } };
    };
    await single.check(step, {}, { x: image });
    const compiled = await single.compile(step, {}, { x: image });
    const { y, beta } = await compiled.run(single.createState({}), { x: image });
    expect([...y.data, ...beta.data]).toEqual([3, 7, 2]);
    compiled.dispose();
  });

  it('costs no memory and no computing: a product of matrices that no machine holds', async () => {
    const huge: TensorSpecs = { a: float(200_000, 300_000), b: float(300_000, 400_000) };
    const step = await single.compile((_, { a, b }) => ({ outputs: { y: tf.sum(tf.matMul(a, b)) } }), {}, huge);
    step.dispose();
  });

  it('makes tensors for constants alone, where `check` makes them for all results', async () => {
    const made: number[] = [];
    const step: StepFunction = (_, { x }) => {
      const before = tensorflow().binding.getNumOfTensors();
      const y = tf.add(tf.exp(tf.mul(x, x)), x);
      made.push(tensorflow().binding.getNumOfTensors() - before);
      return { outputs: { y } };
    };
    (await single.compile(step, {}, { x: float(4) })).dispose();
    await single.check(step, {}, { x: float(4) });
    expect(made).toEqual([0, 3]);
  });

  it('takes shapes from constants: a list that is computed, a slice, a transposition, a tile', async () => {
    const step = await single.compile(
      (_, { x }) => ({
        outputs: {
          tiled: tf.tile(x, [2, 1]),
          turned: tf.transpose(x, [1, 0]),
          sliced: tf.slice(x, [0, 1], [-1, 2]),
          joined: tf.concat([x, x, tf.ones([2, 1])], 1),
          stacked: tf.stack([x, x], 2),
          summed: tf.addN([x, x, x]),
          product: tf.einsum('ij,kj->ik', x as tf.Tensor2D, x as tf.Tensor2D),
        },
      }),
      {},
      { x: float(2, 3) },
    );
    const x: HostTensor = { ...float(2, 3), data: Float32Array.of(1, 2, 3, 4, 5, 6) };
    const results = await step.run(single.createState({}), { x });
    expect(Object.entries(results).map(([name, { shape }]) => [name, shape])).toEqual([
      ['tiled', [4, 3]],
      ['turned', [3, 2]],
      ['sliced', [2, 2]],
      ['joined', [2, 7]],
      ['stacked', [2, 3, 2]],
      ['summed', [2, 3]],
      ['product', [2, 2]],
    ]);
    expect([...results.sliced.data]).toEqual([2, 3, 5, 6]);
    expect([...results.product.data]).toEqual([14, 32, 32, 77]);
    step.dispose();
  });

  it('is no shape where values decide about it: an error that says so', async () => {
    const step = single.compile((_, { x }) => ({ outputs: { y: tf.unique(x).values } }), {}, { x: float(5) });
    await expect(step).rejects.toMatchObject({ code: 'ENGINE_UNSUPPORTED' });
    await expect(step).rejects.toThrow(/UniqueV2: the shape of its result depends on values/);
  });

  it('refuses shapes that do not fit, when compiling', async () => {
    const step = single.compile(
      (_, { x, at }) => ({ outputs: { y: tf.engine().runKernel('BatchMatMul', { a: x, b: at }, {}) as tf.Tensor } }),
      {},
      { x: float(2, 3), at: float(2, 3) },
    );
    await expect(step).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    await expect(single.compile((_, { n }) => ({ outputs: { y: tf.mul(n, 2) } }), {}, { n: integer(2) })).resolves.toBeDefined(); // prettier-ignore
  });
});

it('operators of our own have their shapes here; TensorFlow knows its own', () => {
  const window = [3, 5, 2, 2, 1, 1, 4, 6];
  const attributes = [{ name: 'window', type: 0, value: window }];
  expect(ownShapes('NasDistillDepthwise', attributes, [[2, 8, 12, 7], [3, 5, 7, 1]])).toEqual([[2, 4, 6, 7]]); // prettier-ignore
  expect(ownShapes('NasDistillDepthwiseGradFilter', attributes, [[2, 8, 12, 7], [2, 4, 6, 7]])).toEqual([[3, 5, 7, 1]]); // prettier-ignore
  expect(ownShapes('MatMul', [], [[2, 3], [3, 4]])).toBeUndefined(); // prettier-ignore
  expect(() => ownShapes('NasDistillDepthwise', [], [[2, 8, 12, 7]])).toThrow(/has no integers window/);
});
