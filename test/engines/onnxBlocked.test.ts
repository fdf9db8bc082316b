import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, HostTensor, StepFunction, Tensors } from '../../src/engines/Engine.js';
import { findBlock } from '../../src/engines/onnx/blocked/findBlock.js';
import { createOnnxEngine } from '../../src/engines/onnx/createOnnxEngine.js';
import { blockedDomain } from '../../src/engines/onnx/lowering/OnnxGraph.js';
import { lowerStep } from '../../src/engines/onnx/lowerStep.js';
import * as tf from '../../src/engines/tf.js';
import { activationFunctions } from '../../src/models/layers/activation.js';
import { normaliseBatch } from '../../src/models/layers/normaliseBatch.js';
import { difference, normal, runOnCpu, runOnEngine, seeded } from './onnxHelpers.js';

// Operators on channels in blocks: every form against tfjs's cpu backend. Where the machine has none, the plain forms.
let engine: Engine;
let block: number | undefined;
beforeAll(async () => {
  engine = await createOnnxEngine({ threads: 1 });
  block = await findBlock();
});
afterAll(() => engine.close());

const four = (t: tf.Tensor) => t as tf.Tensor4D;
type Feeds = Record<string, HostTensor>;

/** The value of f and its gradients by all inputs but `dy`, which it is weighted with. */
function withGradients(f: (inputs: Tensors) => tf.Tensor): StepFunction {
  return (_state, { dy, ...inputs }) => {
    const names = Object.keys(inputs);
    const loss = (...list: tf.Tensor[]) => tf.sum(tf.mul(f(Object.fromEntries(names.map((n, i) => [n, list[i]]))), dy));
    const gradients = tf.grads(loss)(names.map((n) => inputs[n]));
    return { outputs: { y: f(inputs), ...Object.fromEntries(names.map((n, i) => [`d${n}`, gradients[i]])) } };
  };
}

/** ONNX operators of a step on blocks, as this machine runs it. */
function blockedOperators(step: StepFunction, feeds: Feeds): string[] {
  const { onnx } = lowerStep(step, {}, feeds, block);
  return onnx.nodes.filter((n) => n.domain === blockedDomain).map((n) => n.op);
}

async function compare(step: StepFunction, feeds: Feeds, expected: readonly string[], tolerance = 2e-5): Promise<void> {
  const [ours, cpu] = [await runOnEngine(engine, step, {}, feeds), await runOnCpu(step, {}, feeds)];
  for (const name of Object.keys(cpu.outputs)) {
    expect(difference(ours.outputs[name], cpu.outputs[name]), name).toBeLessThanOrEqual(tolerance);
  }
  const used = block === undefined ? [...expected] : blockedOperators(step, feeds);
  for (const op of new Set(expected)) {
    expect(used.filter((u) => u === op).length, op).toBeGreaterThanOrEqual(expected.filter((e) => e === op).length);
  }
}

const out = (size: number, kernel: number, stride: number, pad: 'same' | 'valid') =>
  pad === 'same' ? Math.ceil(size / stride) : Math.floor((size - kernel) / stride) + 1;

describe('a convolution, its input and its filter gradient', () => {
  it.each([
    // kernel, in, out, height, width, stride, padding, operators on blocks (of 16 or 8)
    [3, 16, 32, 6, 7, 1, 'same', 2],
    [3, 20, 12, 6, 5, 1, 'valid', 2],
    [5, 24, 40, 8, 8, 1, 'same', 2],
    [2, 16, 16, 5, 6, 1, 'same', 2],
    [3, 3, 16, 6, 6, 1, 'same', 2],
    [3, 1, 24, 7, 6, 2, 'same', 2],
    [3, 3, 16, 14, 14, 1, 'same', 2],
    [5, 4, 20, 9, 8, 2, 'valid', 2],
    [3, 1, 16, 6, 5, 3, 'valid', 2],
    [3, 16, 32, 8, 8, 2, 'same', 1],
    [1, 16, 48, 8, 8, 1, 'same', 3],
    [1, 40, 24, 4, 8, 1, 'same', 3],
    [1, 24, 40, 4, 4, 1, 'same', 3],
    [1, 16, 24, 5, 5, 1, 'same', 3],
    [1, 40, 24, 7, 7, 1, 'same', 3],
    // more channels than positions: several samples at once
    [1, 48, 40, 4, 4, 1, 'same', 3],
    [1, 12, 36, 2, 2, 1, 'same', 3],
    [1, 16, 24, 8, 8, 2, 'same', 3],
    [1, 16, 24, 7, 7, 2, 'same', 2],
    [4, 16, 32, 8, 8, 4, 'valid', 1],
    // rows of whole blocks of positions
    [3, 16, 32, 5, 16, 1, 'same', 5],
    [3, 20, 12, 4, 32, 1, 'same', 5],
    [5, 16, 24, 6, 20, 1, 'valid', 7],
  ] as const)('%dx, %d to %d channels, %dx%d, stride %d, %s', async (k, ci, co, h, w, stride, pad, count) => {
    const rng = seeded(`blocks ${k} ${ci} ${co} ${h} ${stride}`);
    const feeds = {
      x: normal(rng, [3, h, w, ci]),
      w: normal(rng, [k, k, ci, co], 0.3),
      b: normal(rng, [co]),
      dy: normal(rng, [3, out(h, k, stride, pad), out(w, k, stride, pad), co]),
    };
    const step = withGradients((i) => tf.relu(tf.add(tf.conv2d(four(i.x), four(i.w), stride, pad), i.b)));
    await compare(
      step,
      feeds,
      Array.from({ length: count }, () => 'Conv'),
    );
  });

  it('with dilation', async () => {
    const rng = seeded('dilated');
    const feeds = {
      x: normal(rng, [2, 9, 9, 16]),
      w: normal(rng, [3, 3, 16, 16], 0.3),
      dy: normal(rng, [2, 9, 9, 16]),
    };
    const forward: StepFunction = (_s, { x, w }) => ({
      outputs: { y: tf.conv2d(four(x), four(w), 1, 'same', 'NHWC', 2) },
    });
    await compare(forward, { x: feeds.x, w: feeds.w }, ['Conv']);
  });
});

describe('a depthwise convolution and its gradients', () => {
  it.each([
    // kernel, channels, height, width, stride, padding, batch
    [3, 16, 6, 7, 1, 'same', 3],
    [3, 24, 8, 8, 2, 'same', 3],
    [5, 40, 8, 8, 2, 'same', 2],
    [5, 12, 7, 9, 2, 'same', 2],
    [3, 16, 7, 7, 2, 'valid', 2],
    [5, 16, 6, 6, 1, 'same', 17],
    [3, 72, 5, 5, 1, 'valid', 2],
    [2, 16, 6, 6, 2, 'same', 2],
  ] as const)('%dx, %d channels, %dx%d, stride %d, %s', async (k, channels, h, w, stride, pad, n) => {
    const rng = seeded(`depthwise blocks ${k} ${channels} ${h} ${stride}`);
    const feeds = {
      x: normal(rng, [n, h, w, channels]),
      w: normal(rng, [k, k, channels, 1], 0.4),
      dy: normal(rng, [n, out(h, k, stride, pad), out(w, k, stride, pad), channels]),
    };
    const step = withGradients((i) => tf.depthwiseConv2d(four(i.x), four(i.w), stride, pad));
    await compare(step, feeds, ['Conv', 'Conv', 'Conv']);
  });
});

describe('batch norm after a convolution', () => {
  const feeds = (channels: number, size: number): Feeds => {
    const rng = seeded(`norm ${channels} ${size}`);
    return {
      x: normal(rng, [4, size, size, 8]),
      w: normal(rng, [3, 3, 8, channels], 0.3),
      gamma: normal(rng, [channels]),
      beta: normal(rng, [channels]),
      dy: normal(rng, [4, size, size, channels]),
    };
  };
  it.each([
    ['linear', 16, 6],
    ['relu', 16, 6],
    ['relu', 20, 5],
    ['hard_swish', 24, 6],
    ['relu6', 12, 40],
  ] as const)('and before %s: %d channels, %d positions a side', async (activation, channels, size) => {
    const step = withGradients(({ x, w, gamma, beta }) => {
      const y = tf.conv2d(four(x), four(w), 1, 'same');
      return activationFunctions[activation](normaliseBatch(y, gamma, beta, 1e-3).output);
    });
    await compare(step, feeds(channels, size), ['GlobalAveragePool', 'GlobalAveragePool'], 1e-4);
  });

  it('of values whose mean is far from zero: the moving mean is taken off before', async () => {
    const given = feeds(16, 6);
    const near: HostTensor = { shape: [16], dtype: 'float32', data: new Float32Array(16).fill(499) };
    const step: StepFunction = (_state, { x, w, gamma, beta, dy, near: guess }) => {
      const far = (input: tf.Tensor) => tf.add(tf.conv2d(four(input), four(w), 1, 'same'), 500);
      const f = (input: tf.Tensor) => normaliseBatch(far(input), gamma, beta, 1e-3, guess);
      const dx = tf.grad((input: tf.Tensor) => tf.sum(tf.mul(f(input).output, dy)))(x);
      const { output, mean, variance } = f(x);
      return { outputs: { output, mean, variance, dx } };
    };
    await compare(step, { ...given, near }, ['GlobalAveragePool'], 2e-3);
  });
});

describe('batch norm after a depthwise convolution, and its hard-swish', () => {
  it.each([
    // channels, size, stride, batch, whether the convolution has a second reader
    [24, 8, 1, 3, false],
    [16, 7, 2, 3, false],
    [40, 6, 2, 17, false],
    [24, 8, 1, 3, true],
  ] as const)('%d channels, %dx, stride %d, batch %d', async (channels, size, stride, n, shared) => {
    const rng = seeded(`swish ${channels} ${size} ${stride}`);
    const side = Math.ceil(size / stride);
    const feeds = {
      x: normal(rng, [n, size, size, channels]),
      w: normal(rng, [3, 3, channels, 1], 0.4),
      gamma: normal(rng, [channels], 3),
      beta: normal(rng, [channels]),
      dy: normal(rng, [n, side, side, channels]),
    };
    const step = withGradients(({ x, w, gamma, beta }) => {
      const z = tf.depthwiseConv2d(four(x), four(w), stride, 'same');
      const y = activationFunctions.hard_swish(normaliseBatch(z, gamma, beta, 1e-3).output);
      return shared ? tf.add(y, z) : y;
    });
    await compare(step, feeds, ['Conv', 'Conv', 'Conv', 'Conv'], 1e-4);
    if (block === undefined) return;
    // Its normalised values are not written down; dz = s (...) neither, if only the convolution's gradients read it.
    const whole = Math.ceil(channels / block) * block;
    const { nodes } = lowerStep(step, {}, feeds, block).onnx;
    expect(nodes.filter((node) => node.op === 'HardSigmoid')).toHaveLength(0);
    const blocks = nodes.filter((node) => node.domain === blockedDomain);
    const lines = blocks.filter(({ attrs }) => String(attrs.kernel_shape) === '1,1' && attrs.group === whole);
    // Forwards, the slope's line, and dz: one pass, or two.
    expect(lines).toHaveLength(shared ? 4 : 3);
  });
});

describe('between convolutions', () => {
  const rng = seeded('between');
  const feeds = {
    x: normal(rng, [3, 8, 8, 8]),
    w: normal(rng, [3, 3, 8, 24], 0.3),
    g: normal(rng, [3, 1, 1, 24]),
    h: normal(rng, [3, 1, 1, 24]),
    s: normal(rng, [24]),
    v: normal(rng, [3, 1, 1, 1]),
  };
  const convolved = (i: Tensors) => tf.conv2d(four(i.x), four(i.w), 1, 'same');
  const cases: [string, (i: Tensors) => tf.Tensor, number[], string[]][] = [
    ['a gate for each channel of each sample', (i) => tf.mul(convolved(i), i.g), [3, 8, 8, 24], ['Conv', 'Conv']],
    [
      'a gate and a number for each channel of each sample',
      (i) => tf.add(tf.mul(convolved(i), i.g), i.h),
      [3, 8, 8, 24],
      ['Conv', 'Conv'],
    ],
    ['a number for each channel of each sample', (i) => tf.add(convolved(i), i.g), [3, 8, 8, 24], ['Conv', 'Conv']],
    ['a factor for each channel', (i) => tf.mul(i.s, convolved(i)), [3, 8, 8, 24], ['Conv', 'Conv']],
    ['a factor for each sample', (i) => tf.mul(convolved(i), i.v), [3, 8, 8, 24], ['Conv']],
    ['a mean over positions', (i) => tf.mean(convolved(i), [1, 2]), [3, 24], ['GlobalAveragePool']],
    ['a mean that keeps its axes', (i) => tf.mean(convolved(i), [1, 2], true), [3, 1, 1, 24], ['GlobalAveragePool']],
    ['an average pool', (i) => tf.avgPool(four(convolved(i)), 2, 2, 'same'), [3, 4, 4, 24], ['AveragePool']],
    ['a 2x2 max pool', (i) => tf.maxPool(four(tf.relu(convolved(i))), 2, 2, 'same'), [3, 4, 4, 24], ['MaxPool']],
    ['an overlapping max pool', (i) => tf.maxPool(four(convolved(i)), 3, 2, 'same'), [3, 4, 4, 24], ['Conv']],
    ['a quotient', (i) => tf.div(convolved(i), tf.add(tf.abs(convolved(i)), 1)), [3, 8, 8, 24], ['Conv']],
    ['a logarithm', (i) => tf.log(tf.add(tf.abs(convolved(i)), 1)), [3, 8, 8, 24], ['Conv']],
    ['a concatenation', (i) => tf.concat([convolved(i), i.x], 3), [3, 8, 8, 32], ['Conv']],
  ];
  it.each(cases)('%s', async (_name, f, shape, expected) => {
    const used = Object.keys(feeds).filter((name) => f.toString().includes(`i.${name}`) || 'xw'.includes(name));
    const inputs = Object.fromEntries(Object.entries(feeds).filter(([name]) => used.includes(name)));
    await compare(withGradients(f), { ...inputs, dy: normal(seeded('dy'), shape) }, expected);
  });

  it('a product of positions that nobody else reads is not written down', () => {
    const { x, w, g } = feeds;
    const step = withGradients((i) => tf.mul(convolved(i), i.g));
    const { onnx } = lowerStep(step, {}, { x, w, g, dy: normal(rng, [3, 8, 8, 24]) }, 16);
    const products = new Set(onnx.nodes.filter((n) => n.op === 'Mul').flatMap((n) => n.outputs));
    expect(onnx.nodes.filter((n) => n.op === 'ReduceSum' && products.has(n.inputs[0]))).toHaveLength(0);
  });
});

it('a 2x2 max pool in blocks gives its gradient to the first of equal maxima, and a NaN ends nothing', async () => {
  const rng = seeded('ties');
  const step: StepFunction = (_state, { x, w, dy }) => {
    const pooled = (input: tf.Tensor) => tf.maxPool(tf.conv2d(four(input), four(w), 1, 'same'), 2, 2, 'same');
    const y = tf.grad((input: tf.Tensor) => tf.sum(tf.mul(pooled(input), dy)))(x);
    return { outputs: { y } };
  };
  const x: HostTensor = { shape: [2, 6, 8, 16], dtype: 'float32', data: new Float32Array(2 * 6 * 8 * 16) };
  x.data.forEach((_, i) => (x.data[i] = rng.int(3) - 1));
  const w: HostTensor = { shape: [1, 1, 16, 16], dtype: 'float32', data: new Float32Array(256) };
  for (let i = 0; i < 16; i++) w.data[i * 17] = 1;
  const feeds = { x, w, dy: normal(rng, [2, 3, 4, 16]) };
  await compare(step, feeds, ['MaxPool', 'MaxPool', 'MaxPool', 'MaxPool'], 0);
  feeds.x.data[5] = NaN;
  const { outputs } = await runOnEngine(engine, step, {}, feeds);
  expect(Array.from(outputs.y.data.slice(6 * 8 * 16)).some(Number.isNaN)).toBe(false);
});

it('batch norm outside training is folded into the convolution before it', async () => {
  const rng = seeded('fold');
  const feeds = {
    x: normal(rng, [2, 6, 6, 16]),
    w: normal(rng, [3, 3, 16, 24], 0.3),
    d: normal(rng, [3, 3, 24, 1]),
    s: normal(rng, [24]),
    o: normal(rng, [24]),
  };
  const step: StepFunction = (_state, { x, w, d, s, o }) => {
    const line = (y: tf.Tensor) => tf.add(tf.mul(y, s), o);
    const first = tf.relu(line(tf.conv2d(four(x), four(w), 1, 'same')));
    return { outputs: { y: line(tf.depthwiseConv2d(four(first), four(d), 1, 'same')) } };
  };
  await compare(step, feeds, ['Conv', 'Conv'], 1e-4);
  if (block !== undefined) expect(blockedOperators(step, feeds).filter((op) => op === 'Conv')).toHaveLength(2);
});
