import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, HostTensor, StepFunction, Tensors } from '../../src/engines/Engine.js';
import { createOnnxEngine } from '../../src/engines/onnx/createOnnxEngine.js';
import { pointNorm, pointNormGrad } from '../../src/engines/onnx/kernels/pointNorm.js';
import { optimise } from '../../src/engines/onnx/passes/index.js';
import { traceStep } from '../../src/engines/onnx/trace/traceStep.js';
import * as tf from '../../src/engines/tf.js';
import { activationFunctions } from '../../src/models/layers/activation.js';
import type { Activation } from '../../src/models/ModelSpec.js';
import { normaliseBatch } from '../../src/models/layers/normaliseBatch.js';
import { difference, normal, runOnCpu, runOnEngine, seeded } from './onnxHelpers.js';

// A widening convolution over points with its batch norm as one kernel, against the two of them on tfjs's cpu backend.
let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxEngine({ threads: 1 });
});
afterAll(() => engine.close());

type Feeds = Record<string, HostTensor>;

function feedsOf(into: number, out: number, height: number, width: number): Feeds {
  const rng = seeded(`points ${into} ${out} ${height}`);
  return {
    x: normal(rng, [3, height, width, into]),
    w: normal(rng, [1, 1, into, out], 0.3),
    gamma: normal(rng, [out]),
    beta: normal(rng, [out]),
    dy: normal(rng, [3, height, width, out]),
  };
}

const convolved = ({ x, w }: Tensors) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
const normalised = (i: Tensors, z = convolved(i)) => normaliseBatch(z, i.gamma, i.beta, 1e-3, i.near);

/** The normalised values, their statistics, and the gradients of sum(f * dy) by the inputs that are asked for. */
function stepOf(f: (i: Tensors) => tf.Tensor, by = ['x', 'w', 'gamma', 'beta']): StepFunction {
  return (_state, { dy, ...inputs }) => {
    const loss = (...list: tf.Tensor[]) =>
      tf.sum(tf.mul(f({ ...inputs, ...Object.fromEntries(by.map((name, i) => [name, list[i]])) }), dy));
    const gradients = tf.grads(loss)(by.map((name) => inputs[name]));
    const { mean, variance } = normalised(inputs);
    const outputs = Object.fromEntries(by.map((name, i) => [`d ${name}`, gradients[i]]));
    return { outputs: { y: f(inputs), mean, variance, ...outputs } };
  };
}

function kernelsOf(step: StepFunction, feeds: Feeds): string[] {
  const specs = Object.fromEntries(Object.entries(feeds).map(([k, { shape, dtype }]) => [k, { shape, dtype }]));
  return optimise(traceStep(step, {}, specs).graph, 'blocks').nodes.map((n) => n.kernel);
}

async function compare(step: StepFunction, feeds: Feeds, tolerance = 1e-4): Promise<void> {
  const [ours, cpu] = [await runOnEngine(engine, step, {}, feeds), await runOnCpu(step, {}, feeds)];
  for (const name of Object.keys(cpu.outputs)) {
    expect(difference(ours.outputs[name], cpu.outputs[name]), name).toBeLessThanOrEqual(tolerance);
  }
}

describe('a widening convolution with its batch norm', () => {
  const sizes: readonly [number, number, number, number, Activation][] = [
    [16, 32, 8, 8, 'linear'],
    [16, 48, 8, 4, 'relu'],
    [8, 20, 4, 4, 'relu6'],
    [24, 72, 6, 8, 'hard_swish'],
    [12, 40, 7, 7, 'relu'],
    [20, 44, 6, 6, 'silu'],
  ];
  it.each(sizes)('%d to %d channels, %dx%d, %s', async (into, out, height, width, activation) => {
    const step = stepOf((i) => activationFunctions[activation](normalised(i).output));
    const feeds = feedsOf(into, out, height, width);
    const used = kernelsOf(step, feeds);
    expect(used).toContain(pointNorm);
    expect(used).toContain(pointNormGrad);
    expect(used).not.toContain('Conv2DBackpropFilter');
    expect(used).not.toContain('Conv2DBackpropInput');
    await compare(step, feeds);
  });

  it('whose input needs no gradient', async () => {
    const step = stepOf((i) => normalised(i).output, ['w', 'gamma', 'beta']);
    const feeds = feedsOf(16, 32, 8, 8);
    expect(kernelsOf(step, feeds)).toContain(pointNormGrad);
    await compare(step, feeds);
  });

  it('whose filter is fixed', async () => {
    const step = stepOf((i) => normalised(i).output, ['x', 'gamma', 'beta']);
    await compare(step, feedsOf(16, 32, 8, 8));
  });

  it('of values that are far from zero, with a wrong guess of the mean: as of those around zero', async () => {
    const { x, ...rest } = feedsOf(16, 32, 8, 8);
    const near: HostTensor = { shape: [32], dtype: 'float32', data: new Float32Array(32).fill(40) };
    const far: HostTensor = { ...x, data: Float32Array.from(x.data, (v) => v + 500) };
    const step = stepOf((i) => normalised(i).output);
    expect(kernelsOf(step, { x: far, ...rest, near })).toContain(pointNormGrad);
    const ours = await runOnEngine(engine, step, {}, { x: far, ...rest, near });
    const cpu = await runOnCpu(step, {}, { x, ...rest, near });
    for (const name of Object.keys(cpu.outputs).filter((output) => output !== 'mean')) {
      expect(difference(ours.outputs[name], cpu.outputs[name]), name).toBeLessThanOrEqual(2e-3);
    }
    const weights = Array.from(rest.w.data);
    const shift = (out: number) => 500 * weights.filter((_, i) => i % 32 === out).reduce((sum, v) => sum + v, 0);
    const mean = { ...cpu.outputs.mean, data: Float32Array.from(cpu.outputs.mean.data, (v, o) => v + shift(o)) };
    expect(difference(ours.outputs.mean, mean)).toBeLessThanOrEqual(1e-4);
  });

  it('of equal values, whose variance is nothing but epsilon', async () => {
    const { x, ...rest } = feedsOf(16, 32, 4, 8);
    await compare(
      stepOf((i) => normalised(i).output),
      { x: { ...x, data: new Float32Array(x.data.length).fill(0.7) }, ...rest },
      1e-3,
    );
  });
});

describe('stay two kernels', () => {
  const cases: [string, (i: Tensors) => tf.Tensor, Feeds][] = [
    ['that narrow', (i) => normalised(i).output, feedsOf(32, 16, 8, 8)],
    ['that widen by less than twice', (i) => normalised(i).output, feedsOf(16, 24, 8, 8)],
    ['of many channels', (i) => normalised(i).output, feedsOf(64, 128, 8, 8)],
    ['on few points', (i) => normalised(i).output, feedsOf(16, 32, 3, 3)],
    [
      'where another reads between them',
      (i) => {
        const z = convolved(i);
        return tf.add(z, normalised(i, z).output);
      },
      feedsOf(16, 32, 8, 8),
    ],
  ];
  it.each(cases)('convolutions and batch norms %s', async (name, f, feeds) => {
    const step = stepOf(f);
    expect(kernelsOf(step, feeds)).not.toContain(pointNormGrad);
    await compare(step, feeds);
    // In the last case the statistics are computed once more, from a convolution that nobody else reads.
    if (!name.includes('between')) expect(kernelsOf(step, feeds)).not.toContain(pointNorm);
  });
});
