import type { Engine, HostTensor, HostTensors, StepFunction, Tensors } from '../Engine.js';
import { lossAndGradients } from '../lossAndGradients.js';
import {
  add,
  batchNorm,
  conv2d,
  depthwiseConv2d,
  logSoftmax,
  matMul,
  maxPool,
  mean,
  moments,
  mul,
  neg,
  oneHot,
  relu,
  relu6,
  sub,
  sum,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '../tf.js';

const batch = 16;
const classes = 4;
const size = 12;
const steps = 6;

const shapes: Readonly<Record<string, readonly number[]>> = {
  conv: [3, 3, 3, 8],
  scale: [8],
  offset: [8],
  depthwise: [3, 3, 8, 1],
  point: [1, 1, 8, 16],
  dense: [16, classes],
  bias: [classes],
};

/**
 * The losses of the six steps as tfjs's plain JavaScript backend computes them, which no engine here is built on
 * (test/engines/trainingCheck.test.ts computes them anew).
 */
export const expectedLosses: readonly number[] = [1.389852, 1.382043, 1.368948, 1.341976, 1.270194, 1.025496];

/** Largest relative difference of a loss that float32 in another order of summation explains. */
export const lossTolerance = 2e-3;

/** Largest relative difference to the expected losses; infinite if a loss is no number. */
export function errorOf(losses: readonly unknown[]): number {
  const errors = expectedLosses.map((expected, i) => {
    const loss = losses[i];
    return typeof loss === 'number' ? Math.abs(loss - expected) / expected : Infinity;
  });
  return errors.some(Number.isNaN) ? Infinity : Math.max(...errors);
}

/** Trains a small network for six steps: convolutions, batch norm, pooling, depthwise, cross entropy, momentum; times the fastest. */
export async function runTrainingCheck(engine: Engine): Promise<{ losses: number[]; stepMs: number }> {
  const state = engine.createState(initialState());
  const feeds = batchOfWaves();
  const step = await engine.compile(trainingStep, state.specs, feeds);
  const losses: number[] = [];
  let stepMs = Infinity;
  for (let i = 0; i < steps; i++) {
    const begin = performance.now();
    const { loss } = await step.run(state, feeds);
    stepMs = Math.min(stepMs, performance.now() - begin);
    losses.push(loss.data[0]);
  }
  step.dispose();
  state.dispose();
  return { losses, stepMs };
}

const trainingStep: StepFunction = (state, { image, label }) => {
  const names = Object.keys(shapes);
  const params = Object.fromEntries(names.map((name) => [name, state[name]]));
  const { loss, grads } = lossAndGradients(params, (p) => ({ loss: crossEntropy(forward(p, image), label) }));
  const next: Tensors = {};
  for (const name of names) {
    const velocity = add(mul(state[`v/${name}`], 0.9), grads[name]);
    next[`v/${name}`] = velocity;
    next[name] = sub(state[name], velocity);
  }
  return { state: next, outputs: { loss } };
};

function forward(p: Tensors, image: Tensor): Tensor {
  const first = conv2d(image as Tensor4D, p.conv as Tensor4D, 1, 'same');
  const { mean: centre, variance } = moments(first, [0, 1, 2]);
  const normal = batchNorm(first, centre as Tensor1D, variance as Tensor1D, p.offset as Tensor1D, p.scale as Tensor1D, 1e-3); // prettier-ignore
  const pooled = maxPool(relu(normal) as Tensor4D, 2, 2, 'same');
  const spread = relu6(depthwiseConv2d(pooled, p.depthwise as Tensor4D, 2, 'same'));
  const mixed = relu(conv2d(spread as Tensor4D, p.point as Tensor4D, 1, 'same'));
  return add(matMul(mean(mixed, [1, 2]) as Tensor2D, p.dense as Tensor2D), p.bias);
}

function crossEntropy(logits: Tensor, label: Tensor): Scalar {
  return neg(mean<Scalar>(sum(mul(oneHot(label as Tensor1D, classes), logSoftmax(logits)), 1)));
}

function initialState(): HostTensors {
  const state: Record<string, HostTensor> = {};
  Object.entries(shapes).forEach(([name, shape], i) => {
    const start = name === 'scale' ? () => 1 : shape.length === 1 ? () => 0 : (k: number) => 0.4 * wave(k, i + 1);
    state[name] = filled(shape, start);
    state[`v/${name}`] = filled(shape, () => 0);
  });
  return state;
}

/** Images whose waves are finer the higher their class. */
function batchOfWaves(): HostTensors {
  const pixels = size * size * 3;
  const image = filled([batch, size, size, 3], (k) => {
    const sample = Math.floor(k / pixels);
    return Math.sin(((k % pixels) / 3) * (0.2 + 0.3 * (sample % classes)) + sample) + 0.3 * wave(k, 9);
  });
  const data = Int32Array.from({ length: batch }, (_, i) => i % classes);
  return { image, label: { shape: [batch], dtype: 'int32', data } };
}

/** In [-1, 1], without order to the eye; the same numbers everywhere. */
function wave(k: number, phase: number): number {
  return Math.sin((k + 1) * 12.9898 * phase + phase);
}

function filled(shape: readonly number[], value: (k: number) => number): HostTensor {
  const length = shape.reduce((a, b) => a * b, 1);
  return { shape, dtype: 'float32', data: Float32Array.from({ length }, (_, k) => value(k)) };
}
