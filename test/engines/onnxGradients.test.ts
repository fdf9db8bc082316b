import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, HostTensor, StepFunction } from '../../src/engines/Engine.js';
import { createOnnxEngine } from '../../src/engines/onnx/createOnnxEngine.js';
import { lowerGraph } from '../../src/engines/onnx/lowering/lowerGraph.js';
import { optimise } from '../../src/engines/onnx/passes/index.js';
import { traceStep } from '../../src/engines/onnx/trace/traceStep.js';
import * as tf from '../../src/engines/tf.js';
import { difference, normal, runOnCpu, runOnEngine, seeded } from './onnxHelpers.js';

// Gradients whose ONNX form depends on the shape: each form against tfjs's cpu backend.
let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxEngine({ threads: 1 });
});
afterAll(() => engine.close());

function nodesOf(step: StepFunction, feeds: Record<string, HostTensor>): string[] {
  const { graph } = traceStep(step, {}, feeds);
  const names = { inputNames: Object.keys(feeds), outputNames: ['y', 'z'].slice(0, graph.outputs.length) };
  return lowerGraph(optimise(graph), names).nodes.map((n) =>
    n.outputs.length > 1 ? `${n.op}/${n.outputs.length}` : n.op,
  );
}

async function compare(step: StepFunction, feeds: Record<string, HostTensor>, tolerance: number): Promise<void> {
  const [ours, cpu] = [await runOnEngine(engine, step, {}, feeds), await runOnCpu(step, {}, feeds)];
  for (const name of Object.keys(cpu.outputs)) {
    expect(difference(ours.outputs[name], cpu.outputs[name]), name).toBeLessThanOrEqual(tolerance);
  }
}

const four = (t: tf.Tensor) => t as tf.Tensor4D;

/** Few different values, so that most windows hold their maximum more than once. */
function tied(label: string, shape: number[]): HostTensor {
  const rng = seeded(label);
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, dtype: 'float32', data: Float32Array.from({ length: size }, () => rng.int(3) - 1) };
}

describe('the gradient of a 2x2 max pool', () => {
  const gradient =
    (pad: 'same' | 'valid', before: (x: tf.Tensor4D) => tf.Tensor4D): StepFunction =>
    (_state, { x, dy }) => ({
      outputs: { y: tf.grad((input: tf.Tensor) => tf.sum(tf.mul(tf.maxPool(before(four(input)), 2, 2, pad), dy)))(x) },
    });
  const pooled = (size: number, pad: 'same' | 'valid') => (pad === 'same' ? Math.ceil(size / 2) : Math.floor(size / 2));
  it.each([
    [6, 4, 'same'],
    [6, 4, 'valid'],
    [7, 5, 'same'],
    [7, 5, 'valid'],
    [7, 4, 'valid'],
    [2, 3, 'same'],
  ] as const)('goes to the first of equal maxima: %dx%d, %s', async (h, w, pad) => {
    const feeds = {
      x: tied(`ties ${h} ${w}`, [3, h, w, 5]),
      dy: normal(seeded('dy'), [3, pooled(h, pad), pooled(w, pad), 5]),
    };
    // Exactly: values are moved, not computed with.
    await compare(
      gradient(pad, (x) => x),
      feeds,
      0,
    );
    await compare(
      gradient(pad, (x) => tf.relu(x)),
      feeds,
      0,
    );
    expect(
      nodesOf(
        gradient(pad, (x) => x),
        feeds,
      ),
    ).not.toContain('MaxPool/2');
  });

  it('keeps the pool with indices for other windows', () => {
    const step: StepFunction = (_state, { x }) => ({
      outputs: { y: tf.grad((input: tf.Tensor) => tf.sum(tf.maxPool(four(input), 3, 2, 'same')))(x) },
    });
    expect(nodesOf(step, { x: tied('other', [1, 6, 6, 2]) })).toContain('MaxPool/2');
  });

  it('a NaN reaches the result and does not end the run', async () => {
    const feeds = { x: normal(seeded('nan'), [2, 4, 4, 3]), dy: normal(seeded('nan dy'), [2, 2, 2, 3]) };
    feeds.x.data[5] = NaN;
    feeds.dy.data.fill(NaN, 0, 3);
    const { outputs } = await runOnEngine(
      engine,
      gradient('same', (x) => x),
      {},
      feeds,
    );
    expect(Array.from(outputs.y.data.slice(0, 48)).filter(Number.isNaN)).toHaveLength(3);
    expect(Array.from(outputs.y.data.slice(48)).some(Number.isNaN)).toBe(false);
  });

  it('after a convolution with bias and ReLU: every gradient, the bias summed over the pooled tensor', async () => {
    const rng = seeded('block');
    const feeds = {
      x: normal(rng, [4, 8, 8, 3]),
      w: normal(rng, [3, 3, 3, 5]),
      b: normal(rng, [5]),
      dy: normal(rng, [4, 4, 4, 5]),
    };
    const step: StepFunction = (_state, { x, w, b, dy }) => {
      const loss = (image: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor) => {
        const z = tf.add(tf.conv2d(four(image), four(filter), 1, 'same'), bias);
        return tf.sum(tf.mul(tf.maxPool(four(tf.relu(z)), 2, 2, 'same'), dy));
      };
      const [dx, dw, db] = tf.grads(loss)([x, w, b]);
      return { outputs: { dx, dw, db } };
    };
    await compare(step, feeds, 1e-5);
  });
});

describe('the filter gradient of a convolution', () => {
  const step =
    (stride: number, pad: 'same' | 'valid'): StepFunction =>
    (_state, { x, w, dy }) => ({
      outputs: {
        y: tf.grad((filter: tf.Tensor) => tf.sum(tf.mul(tf.conv2d(four(x), four(filter), stride, pad), dy)))(w),
      },
    });
  it.each([
    // kernel, in, out, size, stride, padding; the product that is chosen
    [1, 6, 5, 8, 1, 'same', 'MatMul'],
    [1, 6, 5, 12, 2, 'same', 'MatMul'],
    [1, 6, 5, 4, 1, 'same', 'Gemm'],
    [1, 6, 5, 5, 2, 'same', 'Gemm'],
    [3, 3, 5, 8, 1, 'same', 'MatMul'],
    [3, 3, 5, 8, 2, 'same', 'MatMul'],
    [3, 6, 5, 8, 1, 'same', 'Gemm'],
    [3, 6, 5, 9, 2, 'valid', 'Gemm'],
    [4, 1, 5, 8, 4, 'valid', 'Gemm'],
  ] as const)('%dx, %d to %d channels, size %d, stride %d, %s: %s', async (k, ci, co, s, stride, pad, op) => {
    const rng = seeded(`filter ${k} ${ci} ${s} ${stride}`);
    const out = pad === 'same' ? Math.ceil(s / stride) : Math.floor((s - k) / stride) + 1;
    const feeds = {
      x: normal(rng, [3, s, s, ci]),
      w: normal(rng, [k, k, ci, co]),
      dy: normal(rng, [3, out, out, co]),
    };
    await compare(step(stride, pad), feeds, 1e-5);
    const nodes = nodesOf(step(stride, pad), feeds);
    expect(nodes).toContain(op);
    expect(nodes).not.toContain(op === 'Gemm' ? 'MatMul' : 'Gemm');
  });
});

describe('attention with heads of few channels', () => {
  const step: StepFunction = (_state, { q, k, v, dy }) => {
    const heads = (x: tf.Tensor) => tf.transpose(tf.reshape(x, [2, 6, 3, 4]), [0, 2, 1, 3]);
    const loss = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => {
      const scores = tf.matMul(tf.mul(heads(a), 0.5), heads(b), false, true);
      const mixed = tf.transpose(tf.matMul(tf.softmax(scores), heads(c)), [0, 2, 1, 3]);
      return tf.sum(tf.mul(tf.reshape(mixed, [12, 12]), dy));
    };
    const [dq, dk, dv] = tf.grads(loss)([q, k, v]);
    return { outputs: { dq, dk, dv } };
  };
  const rng = seeded('heads');
  const feeds = Object.fromEntries(['q', 'k', 'v', 'dy'].map((name) => [name, normal(rng, [12, 12])]));

  it('agrees with the reference', () => compare(step, feeds, 1e-5));

  it('transposes planes instead of moving short rows', () => {
    const { graph } = traceStep(step, {}, feeds);
    const perms = optimise(graph)
      .nodes.filter((n) => n.kernel === 'Transpose')
      .map((n) => String(n.attrs.perm));
    expect(new Set(perms)).toEqual(new Set(['0,2,3,1', '0,3,1,2']));
  });
});

it('a product of matrices with a bias is one Gemm', async () => {
  const rng = seeded('bias');
  const feeds = { x: normal(rng, [6, 4]), w: normal(rng, [4, 5]), b: normal(rng, [5]) };
  const step: StepFunction = (_state, { x, w, b }) => ({ outputs: { y: tf.add(b, tf.matMul(x, w)) } });
  expect(nodesOf(step, feeds)).toEqual(['Gemm', 'Identity']);
  await compare(step, feeds, 1e-6);
});
