import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, HostTensor, HostTensors, StepFunction, Tensors } from '../../src/engines/Engine.js';
import { createOnnxEngine } from '../../src/engines/onnx/createOnnxEngine.js';
import * as tf from '../../src/engines/tf.js';
import { adamState, adamStep, difference, gradients, ints, normal, runOnCpu, seeded, specsOf } from './onnxHelpers.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxEngine({ threads: 1 });
});
afterAll(() => engine.close());

/** Conv, batch norm on the batch's own statistics, ReLU, max pool, dense; cross entropy. */
const cnnLoss = (p: Tensors, x: tf.Tensor, y: tf.Tensor): tf.Tensor => {
  let h: tf.Tensor4D = x as tf.Tensor4D;
  for (const i of [1, 2]) {
    h = tf.conv2d(h, p[`w${i}`] as tf.Tensor4D, 1, 'same');
    const { mean, variance } = tf.moments(h, [0, 1, 2]);
    h = tf.batchNorm(
      h,
      mean as tf.Tensor1D,
      variance as tf.Tensor1D,
      p[`b${i}`] as tf.Tensor1D,
      p[`g${i}`] as tf.Tensor1D,
      1e-3,
    ) as tf.Tensor4D;
    h = tf.maxPool(tf.relu(h), 2, 2, 'same');
  }
  const logits = tf.add(tf.matMul(tf.reshape(h, [h.shape[0], -1]), p.w3 as tf.Tensor2D), p.b3);
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.oneHot(y as tf.Tensor1D, 5), tf.logSoftmax(logits)), -1)));
};

const layerNorm = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor): tf.Tensor => {
  const { mean, variance } = tf.moments(x, [-1], true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), g), b);
};

/** One block of attention and MLP over patches, with a class token; cross entropy. */
const vitLoss = (p: Tensors, x: tf.Tensor, y: tf.Tensor): tf.Tensor => {
  const n = x.shape[0];
  const d = 8;
  const dense = (t: tf.Tensor, w: string): tf.Tensor => {
    const [inner, outer] = p[w].shape;
    return tf.reshape(tf.matMul(tf.reshape(t, [-1, inner]), p[w] as tf.Tensor2D), [...t.shape.slice(0, -1), outer]);
  };
  const patches = tf.reshape(tf.conv2d(x as tf.Tensor4D, p.embed as tf.Tensor4D, 4, 'valid'), [n, -1, d]);
  let h: tf.Tensor = tf.add(tf.concat([tf.tile(p.cls, [n, 1, 1]), patches], 1), p.pos);
  const t = h.shape[1] ?? 0;
  const z = layerNorm(h, p.g1, p.b1);
  const heads = (w: string): tf.Tensor => tf.transpose(tf.reshape(dense(z, w), [n, t, 2, d / 2]), [0, 2, 1, 3]);
  const scores = tf.softmax(tf.mul(tf.matMul(heads('q'), heads('k'), false, true), 0.5));
  const mixed = tf.reshape(tf.transpose(tf.matMul(scores, heads('v')), [0, 2, 1, 3]), [n, t, d]);
  h = tf.add(h, dense(mixed, 'o'));
  const m = dense(layerNorm(h, p.g1, p.b1), 'm1');
  const gelu = tf.mul(m, tf.mul(0.5, tf.add(1, tf.erf(tf.div(m, Math.SQRT2)))));
  h = tf.add(h, dense(gelu, 'm2'));
  const logits = dense(tf.squeeze(tf.slice(h, [0, 0, 0], [-1, 1, -1]), [1]), 'head');
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.oneHot(y as tf.Tensor1D, 5), tf.logSoftmax(logits)), -1)));
};

function trainingStep(loss: typeof cnnLoss, names: string[]): StepFunction {
  return (state, feeds) => {
    const params = Object.fromEntries(names.map((n) => [n, state[n]]));
    const { value, grads } = gradients((p) => loss(p, feeds.x, feeds.y), params);
    return { state: adamStep(params, grads, state, 0.01), outputs: { loss: value } };
  };
}

const filled = (shape: number[], v: number): HostTensor => ({
  shape,
  dtype: 'float32',
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(v),
});

const rng = seeded('training');
const cnn: HostTensors = {
  w1: normal(rng, [3, 3, 2, 4], 0.3),
  g1: filled([4], 1),
  b1: filled([4], 0),
  w2: normal(rng, [3, 3, 4, 6], 0.2),
  g2: filled([6], 1),
  b2: filled([6], 0),
  w3: normal(rng, [2 * 2 * 6, 5], 0.2),
  b3: filled([5], 0),
};
const vit: HostTensors = {
  embed: normal(rng, [4, 4, 2, 8], 0.2),
  cls: normal(rng, [1, 1, 8], 0.2),
  pos: normal(rng, [1, 5, 8], 0.2),
  g1: filled([8], 1),
  b1: filled([8], 0),
  ...Object.fromEntries(['q', 'k', 'v', 'o'].map((n) => [n, normal(rng, [8, 8], 0.3)])),
  m1: normal(rng, [8, 16], 0.3),
  m2: normal(rng, [16, 8], 0.3),
  head: normal(rng, [8, 5], 0.3),
};

describe.each([
  ['a CNN with batch norm', cnnLoss, cnn, 7],
  ['a tiny ViT', vitLoss, vit, 8],
] as const)('training %s', (_label, loss, params, size) => {
  const step = trainingStep(loss, Object.keys(params));
  const feeds = (i: number): HostTensors => ({
    x: normal(seeded(`batch${i}`), [6, size, size, 2]),
    y: ints([6], [0, 1, 2, 3, 4, i % 5]),
  });

  it('follows the eager reference over 10 Adam steps, and repeats itself exactly', async () => {
    const before = tf.memory().numTensors;
    const start = adamState(params);
    const compiled = await engine.compile(step, specsOf(start), specsOf(feeds(0)));
    const [state, twin] = [engine.createState(start), engine.createState(start)];
    let eager: HostTensors = start;
    for (let i = 0; i < 10; i++) {
      const expected = await runOnCpu(step, eager, feeds(i));
      eager = expected.state;
      const actual = await compiled.run(state, feeds(i));
      const again = await compiled.run(twin, feeds(i));
      expect(difference(actual.loss, expected.outputs.loss)).toBeLessThan(1e-4);
      expect(again.loss.data).toEqual(actual.loss.data);
    }
    const values = await state.read();
    const repeated = await twin.read();
    for (const name of Object.keys(params)) {
      expect(difference(values[name], eager[name]), name).toBeLessThan(1e-3);
      expect(repeated[name].data).toEqual(values[name].data);
    }
    compiled.dispose();
    state.dispose();
    twin.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
