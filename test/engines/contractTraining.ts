import { createRng } from '../../src/core/rng.js';
import { clipByGlobalNorm } from '../../src/distillation/optimisers/clipping.js';
import { optimisers } from '../../src/distillation/optimisers/registry.js';
import type { Engine, HostTensor, HostTensors, StepFunction, Tensors } from '../../src/engines/Engine.js';
import { lossAndGradients } from '../../src/engines/lossAndGradients.js';
import * as tf from '../../src/engines/tf.js';
import { normal } from './contractInputs.js';

const batch = 8;
const classes = 3;

/** A small network with everything that a training step has: parameters, statistics, logits. */
export interface TrainingRun {
  readonly params: Readonly<Record<string, number[]>>;
  readonly stats: Readonly<Record<string, number[]>>;
  /** Logits of images [B,8,8,2], and the new statistics. */
  model(p: Tensors, stats: Tensors, x: tf.Tensor4D): { logits: tf.Tensor; stats: Tensors };
}

const t4 = (x: tf.Tensor) => x as tf.Tensor4D;

function batchNorm(x: tf.Tensor4D, p: Tensors, stats: Tensors, name: string): { y: tf.Tensor4D; stats: Tensors } {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  const y = tf.batchNorm(
    x,
    mean as tf.Tensor1D,
    variance as tf.Tensor1D,
    p[`${name}/o`] as tf.Tensor1D,
    p[`${name}/s`] as tf.Tensor1D,
    1e-3,
  ) as tf.Tensor4D;
  const follow = (old: tf.Tensor, now: tf.Tensor) => tf.add(tf.mul(old, 0.9), tf.mul(now, 0.1));
  return {
    y,
    stats: {
      [`${name}/mean`]: follow(stats[`${name}/mean`], mean),
      [`${name}/var`]: follow(stats[`${name}/var`], variance),
    },
  };
}

const cnn: TrainingRun = {
  params: {
    w1: [3, 3, 2, 6],
    'bn1/s': [6],
    'bn1/o': [6],
    dw: [3, 3, 6, 1],
    'bn2/s': [6],
    'bn2/o': [6],
    w2: [1, 1, 6, 8],
    fc: [8, 3],
    b: [3],
  },
  stats: { 'bn1/mean': [6], 'bn1/var': [6], 'bn2/mean': [6], 'bn2/var': [6] },
  model(p, stats, x) {
    const first = batchNorm(tf.conv2d(x, t4(p.w1), 1, 'same'), p, stats, 'bn1');
    const pooled = tf.maxPool(tf.relu(first.y), 2, 2, 'same');
    const second = batchNorm(tf.depthwiseConv2d(pooled, t4(p.dw), 2, 'same'), p, stats, 'bn2');
    const mixed = tf.conv2d(tf.relu6(second.y), t4(p.w2), 1, 'same');
    const features = tf.mean(tf.mul(mixed, tf.sigmoid(mixed)), [1, 2]);
    return { logits: tf.add(tf.matMul(features, p.fc), p.b), stats: { ...first.stats, ...second.stats } };
  },
};

const width = 8;
const heads = 2;
const tokens = 4;
function layerNorm(x: tf.Tensor, p: Tensors, name: string): tf.Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), p[`${name}/s`]), p[`${name}/o`]);
}
function dense(x: tf.Tensor, w: tf.Tensor): tf.Tensor {
  return tf.reshape(tf.matMul(tf.reshape(x, [-1, w.shape[0]]), w), [...x.shape.slice(0, -1), w.shape[1] ?? 1]);
}

const transformer: TrainingRun = {
  params: {
    patch: [4, 4, 2, width], position: [1, tokens, width], 'ln1/s': [width], 'ln1/o': [width], qkv: [width, 3 * width], out: [width, width],
    'ln2/s': [width], 'ln2/o': [width], up: [width, 16], down: [16, width], fc: [width, classes],
  }, // prettier-ignore
  stats: {},
  model(p, _stats, x) {
    const size = x.shape[0];
    const patches = tf.reshape(tf.conv2d(x, t4(p.patch), 4, 'valid'), [size, tokens, width]);
    let h = tf.add(patches, p.position);
    const qkv = tf.reshape(dense(layerNorm(h, p, 'ln1'), p.qkv), [size, tokens, 3, heads, width / heads]);
    const [q, k, v] = tf.unstack(tf.transpose(qkv, [2, 0, 3, 1, 4]));
    const weights = tf.softmax(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(width / heads)));
    const mixed = tf.reshape(tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]), [size, tokens, width]);
    h = tf.add(h, dense(mixed, p.out));
    const up = dense(layerNorm(h, p, 'ln2'), p.up);
    h = tf.add(h, dense(tf.mul(tf.mul(up, 0.5), tf.add(tf.erf(tf.mul(up, Math.SQRT1_2)), 1)), p.down));
    return { logits: tf.matMul(tf.mean(h, 1), p.fc), stats: {} };
  },
};

export const trainingRuns = { 'a CNN with batch norm': cnn, 'a transformer': transformer };

function stepOf(run: TrainingRun): StepFunction {
  const names = Object.keys(run.params);
  const optimiser = optimisers.adamw.create();
  return (state, { x, labels, lr }) => {
    const params = Object.fromEntries(names.map((name) => [name, state[name]]));
    const { loss, grads, aux } = lossAndGradients(params, (p) => {
      const { logits, stats } = run.model(p, state, t4(x));
      const target = tf.oneHot(labels as tf.Tensor1D, classes);
      return { loss: tf.neg(tf.mean(tf.sum(tf.mul(target, tf.logSoftmax(logits)), 1))), aux: stats };
    });
    const clipped = clipByGlobalNorm(grads, 1);
    const next = optimiser.apply({ params, grads: clipped.grads, state, lr: lr as tf.Scalar });
    return { state: { ...next.params, ...next.state, ...aux }, outputs: { loss, norm: clipped.norm } };
  };
}

/** Trains from seeded weights on seeded data that can be learnt; the losses, and the state at the end. */
export async function train(
  engine: Engine,
  run: TrainingRun,
  steps: number,
): Promise<{ losses: number[]; state: Record<string, HostTensor> }> {
  const rng = createRng('contract/training');
  const params = Object.fromEntries(
    Object.entries(run.params).map(([name, shape]) => [name, weight(name, shape, rng)]),
  );
  const stats = Object.fromEntries(
    Object.entries(run.stats).map(([name, shape]) => [name, constant(shape, name.endsWith('var') ? 1 : 0)]),
  );
  const state = engine.createState({ ...params, ...stats, ...optimisers.adamw.create().init(params) });
  const feeds = (i: number): HostTensors => {
    const labels = Int32Array.from({ length: batch }, (_, b) => b % classes);
    const x = normal(batch, 8, 8, 2)(rng.fork(`x${i}`));
    // The class is a shift of the image, so that ten steps lower the loss.
    x.data.forEach((value, j) => (x.data[j] = value + labels[Math.floor(j / 128)] - 1));
    return { x, labels: { shape: [batch], dtype: 'int32', data: labels }, lr: constant([], 0.01) };
  };
  const step = await engine.compile(stepOf(run), state.specs, feeds(0));
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) losses.push((await step.run(state, feeds(i))).loss.data[0]);
  const end = await state.read();
  step.dispose();
  state.dispose();
  return { losses, state: end };
}

function weight(name: string, shape: number[], rng: ReturnType<typeof createRng>): HostTensor {
  if (shape.length === 1) return constant(shape, name.endsWith('/s') ? 1 : 0);
  const drawn = normal(...shape)(rng.fork(name));
  return { ...drawn, data: Float32Array.from(drawn.data, (value) => 0.3 * value) };
}

function constant(shape: readonly number[], value: number): HostTensor {
  return { shape, dtype: 'float32', data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value) };
}
