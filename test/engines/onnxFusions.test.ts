import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, HostTensor, StepFunction } from '../../src/engines/Engine.js';
import { createOnnxEngine } from '../../src/engines/onnx/createOnnxEngine.js';
import { encodeModel } from '../../src/engines/onnx/lowering/encodeModel.js';
import { lowerGraph } from '../../src/engines/onnx/lowering/lowerGraph.js';
import { optimise } from '../../src/engines/onnx/passes/index.js';
import { traceStep } from '../../src/engines/onnx/trace/traceStep.js';
import * as tf from '../../src/engines/tf.js';
import { activationFunctions } from '../../src/models/layers/activation.js';
import { difference, normal, runOnCpu, runOnEngine, seeded } from './onnxHelpers.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxEngine({ threads: 1 });
});
afterAll(() => engine.close());

/** The float32 numbers next to `value`, and itself. */
function around(value: number): number[] {
  const bits = new Int32Array(new Float32Array([value]).buffer)[0];
  const at = (b: number) => new Float32Array(new Int32Array([b]).buffer)[0];
  return [at(bits - 1), at(bits), at(bits + 1)];
}
const vector = (values: number[]): HostTensor => ({
  shape: [values.length],
  dtype: 'float32',
  data: Float32Array.from(values),
});

/** ONNX operators of a step, by how often they occur. */
function operators(step: StepFunction, feeds: Record<string, HostTensor>): Record<string, number> {
  const { graph } = traceStep(step, {}, feeds);
  const names = { inputNames: Object.keys(feeds), outputNames: ['y'] };
  const onnx = lowerGraph(optimise(graph), names);
  expect(encodeModel(onnx).length).toBeGreaterThan(0);
  const counts: Record<string, number> = {};
  for (const { op } of onnx.nodes) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}

it.each([
  [0, 1],
  [-2, 3],
])('the gradient of a clip to %d to %d is arithmetic, and right to the next float', async (min, max) => {
  const step: StepFunction = (_state, { x, dy }) => {
    const clipped = (input: tf.Tensor) => tf.clipByValue(input, min, max);
    return { outputs: { y: tf.grad((input: tf.Tensor) => tf.sum(tf.mul(clipped(input), dy)))(x) } };
  };
  const values = [-1e30, -2, -1e-30, 0, 1e-30, 0.5, 1, 2, 3, 1e30].flatMap(around).filter(Number.isFinite);
  const feeds = { x: vector(values), dy: vector(values.map((_, i) => i - 7.5)) };
  expect(operators(step, feeds).Where).toBeUndefined();
  const [ours, cpu] = [await runOnEngine(engine, step, {}, feeds), await runOnCpu(step, {}, feeds)];
  ours.outputs.y.data.forEach((value, i) => {
    expect(value, `at ${values[i]}`).toBeCloseTo(cpu.outputs.y.data[i], 6);
  });
});

describe('steps and clipped lines as HardSigmoid', () => {
  const values = [-1e30, -7, -3, -2.5, 0, 1e-30, 2.5, 3, 7, 1e30].flatMap(around).filter(Number.isFinite);
  it.each([
    ['step(x)', (x: tf.Tensor) => tf.step(x)],
    ['step(3 - x)', (x: tf.Tensor) => tf.step(tf.sub(3, x))],
    ['step(x + 2.5)', (x: tf.Tensor) => tf.step(tf.add(x, 2.5))],
    ['step(x - 7)', (x: tf.Tensor) => tf.step(tf.sub(x, 7))],
    ['step(9 - x^2)', (x: tf.Tensor) => tf.step(tf.sub(9, tf.square(x)))],
    ['clip(x / 6 + 0.5, 0, 1)', (x: tf.Tensor) => tf.clipByValue(tf.add(tf.mul(x, 1 / 6), 0.5), 0, 1)],
    ['clip(1 - x, 0, 1)', (x: tf.Tensor) => tf.clipByValue(tf.sub(1, x), 0, 1)],
  ])('%s is one operator and right to the next float', async (name, f) => {
    const step: StepFunction = (_state, { x }) => ({ outputs: { y: f(x) } });
    const feeds = { x: vector(values) };
    expect(operators(step, feeds).HardSigmoid).toBe(1);
    expect(operators(step, feeds).Clip).toBeUndefined();
    const [ours, cpu] = [await runOnEngine(engine, step, {}, feeds), await runOnCpu(step, {}, feeds)];
    const exact = name.startsWith('step');
    ours.outputs.y.data.forEach((value, i) => {
      if (exact) expect(value, `${name} at ${values[i]}`).toBe(cpu.outputs.y.data[i]);
      else expect(value).toBeCloseTo(cpu.outputs.y.data[i], 6);
    });
  });

  it('a clipped line of another range stays a Clip', () => {
    const step: StepFunction = (_state, { x }) => ({ outputs: { y: tf.clipByValue(tf.add(x, 1), 0, 2) } });
    expect(operators(step, { x: vector([1]) })).toMatchObject({ Clip: 1, Add: 1 });
  });
});

describe('activations with written-down gradients', () => {
  // The definition's own derivative, by hand.
  const slopes = {
    hard_swish: (x: number) => (x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5),
    relu6: (x: number) => (x > 0 && x < 6 ? 1 : 0),
  };
  const values = [-50, -3.001, -2.999, -1.5, -0.001, 0.001, 1, 2.999, 3.001, 5.999, 6.001, 50];
  it.each(['hard_swish', 'relu6'] as const)('%s', async (name) => {
    const step: StepFunction = (_state, { x, dy }) => ({
      outputs: { y: tf.grad((input) => tf.sum(tf.mul(activationFunctions[name](input), dy)))(x) },
    });
    const feeds = { x: vector(values), dy: normal(seeded('activation'), [values.length]) };
    for (const { outputs } of [await runOnEngine(engine, step, {}, feeds), await runOnCpu(step, {}, feeds)]) {
      outputs.y.data.forEach((value, i) => expect(value).toBeCloseTo(slopes[name](values[i]) * feeds.dy.data[i], 5));
    }
  });
});

describe('a scale and an offset for each channel', () => {
  const feeds = (() => {
    const rng = seeded('affine');
    return {
      x: normal(rng, [2, 5, 4, 3]),
      w: normal(rng, [3, 3, 3, 3]),
      s: normal(rng, [3]),
      o: normal(rng, [3]),
    };
  })();
  it('is one operator after a convolution, in either order of the operands', async () => {
    for (const flip of [false, true]) {
      const step: StepFunction = (_state, { x, w, s, o }) => {
        const y = tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
        const product = flip ? tf.mul(s, y) : tf.mul(y, s);
        return { outputs: { y: flip ? tf.add(o, product) : tf.add(product, o) } };
      };
      const counts = operators(step, feeds);
      expect(counts.BatchNormalization).toBe(1);
      expect(counts.Mul).toBeUndefined();
      const [ours, cpu] = [await runOnEngine(engine, step, {}, feeds), await runOnCpu(step, {}, feeds)];
      ours.outputs.y.data.forEach((value, i) => expect(value).toBeCloseTo(cpu.outputs.y.data[i], 4));
    }
  });

  it('stays two operators where the product is read twice', () => {
    const step: StepFunction = (_state, { x, w, s, o }) => {
      const product = tf.mul(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'), s);
      return { outputs: { y: tf.mul(tf.add(product, o), product) } };
    };
    expect(operators(step, feeds).BatchNormalization).toBeUndefined();
  });
});

describe('factors of products of matrices', () => {
  const rng = seeded('factors');
  const feeds = { q: normal(rng, [2, 5, 3, 4]), k: normal(rng, [2, 5, 3, 4]), dy: normal(rng, [2, 3, 5, 5]) };
  const swapped = (v: tf.Tensor) => tf.transpose(v, [0, 2, 1, 3]);
  const scores = (q: tf.Tensor, k: tf.Tensor) => tf.matMul(tf.mul(swapped(q), 0.5), swapped(k), false, true);
  const step: StepFunction = (_state, { q, k, dy }) => {
    const [dq, dk] = tf.grads((a, b) => scores(a, b))([q, k], dy);
    return { outputs: { y: tf.mul(scores(q, k), 3), dq, dk } };
  };

  it('are part of the product, before and after it, forwards and backwards', async () => {
    const { graph } = traceStep(step, {}, feeds);
    const onnx = lowerGraph(optimise(graph, 'blocks'), {
      inputNames: Object.keys(feeds),
      outputNames: ['y', 'dq', 'dk'],
      block: 16,
    });
    const ops = onnx.nodes.map(({ op }) => op);
    // The scores are read once as they are, by the multiplication: 0.5 * 3 is their factor.
    expect(ops.filter((op) => op === 'Mul')).toEqual([]);
    const products = onnx.nodes.filter(({ op }) => op === 'FusedMatMul').map(({ attrs }) => attrs.alpha);
    expect(products).toEqual([{ float: 0.5 }, { float: 0.5 }, { float: 1.5 }]);
    const [ours, cpu] = [await runOnEngine(engine, step, {}, feeds), await runOnCpu(step, {}, feeds)];
    for (const name of ['y', 'dq', 'dk']) {
      expect(difference(ours.outputs[name], cpu.outputs[name]), name).toBeLessThan(1e-6);
    }
  });
});

describe('sums of rows', () => {
  it.each([
    ['a bias of a dense layer', [40, 6], [0]],
    ['a bias of tokens', [4, 10, 6], [0, 1]],
    ['positions', [7, 3, 5], [0]],
  ])('%s: a product with ones, right to a few roundings', async (_name, shape, axes) => {
    const feeds = { x: normal(seeded('rows'), shape) };
    const step: StepFunction = (_state, { x }) => ({ outputs: { y: tf.sum(x, axes), z: tf.sum(x, axes, true) } });
    const { graph } = traceStep(step, {}, feeds);
    const names = { inputNames: ['x'], outputNames: ['y', 'z'], block: 16 };
    expect(lowerGraph(optimise(graph, 'blocks'), names).nodes.map(({ op }) => op)).not.toContain('ReduceSum');
    const [ours, cpu] = [await runOnEngine(engine, step, {}, feeds), await runOnCpu(step, {}, feeds)];
    for (const name of ['y', 'z']) {
      expect(difference(ours.outputs[name], cpu.outputs[name]), name).toBeLessThan(1e-6);
    }
  });
});

describe('what passes move into or past another operator', () => {
  const rng = seeded('moved');
  const feeds = {
    x: normal(rng, [2, 6, 6, 16]),
    w: normal(rng, [3, 3, 16, 16]),
    d: normal(rng, [3, 3, 16, 1]),
    b: normal(rng, [16]),
    s: normal(rng, [16]),
    o: normal(rng, [16]),
  };
  async function agree(f: (i: Record<string, tf.Tensor>) => tf.Tensor): Promise<void> {
    const step: StepFunction = (_state, given) => ({ outputs: { y: f(given) } });
    const [ours, cpu] = [await runOnEngine(engine, step, {}, feeds), await runOnCpu(step, {}, feeds)];
    expect(difference(ours.outputs.y, cpu.outputs.y)).toBeLessThan(1e-5);
  }

  it.each(['dense', 'depthwise'])('a scale and an offset after a %s convolution with a bias', async (kind) => {
    const options = { strides: 1, pad: 'same' } as const;
    await agree(({ x, w, d, b, s, o }) => {
      const y =
        kind === 'dense'
          ? tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, options.strides, options.pad)
          : tf.depthwiseConv2d(x as tf.Tensor4D, d as tf.Tensor4D, options.strides, options.pad);
      return tf.add(tf.mul(tf.add(y, b), s), o);
    });
  });

  it.each([[[0, 1, 2]], [[1, 2, 3]], [[0, 1, 3]]])("a max pool's gradient, summed over the axes %j", async (axes) => {
    await agree(({ x }) => {
      const pooled = (input: tf.Tensor) => tf.square(tf.maxPool(input as tf.Tensor4D, 2, 2, 'same'));
      return tf.sum(tf.grad(pooled)(x), axes);
    });
  });
});
