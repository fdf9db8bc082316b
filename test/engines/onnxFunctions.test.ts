import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine, HostTensor, StepFunction, Tensors } from '../../src/engines/Engine.js';
import { createOnnxEngine } from '../../src/engines/onnx/createOnnxEngine.js';
import { lowerStep } from '../../src/engines/onnx/lowerStep.js';
import * as tf from '../../src/engines/tf.js';
import { activationFunctions } from '../../src/models/layers/activation.js';
import { normaliseRows } from '../../src/models/layers/normaliseRows.js';
import { difference, normal, runOnCpu, runOnEngine, seeded } from './onnxHelpers.js';

// Functions that are one kernel of the lowering, with and without their gradients.
let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxEngine({ threads: 1 });
});
afterAll(() => engine.close());

const rng = seeded('functions');
const cases: [string, (i: Tensors) => tf.Tensor, string][] = [
  ['gelu', ({ x }) => activationFunctions.gelu(x), 'Gelu'],
  ['layer norm', ({ x, gamma, beta }) => normaliseRows(x, gamma, beta, 1e-5), 'LayerNormalization'],
];
const feeds = {
  x: normal(rng, [3, 5, 24], 2),
  gamma: normal(rng, [24]),
  beta: normal(rng, [24]),
  dy: normal(rng, [3, 5, 24]),
};

it.each(cases)('%s, alone: one operator', async (name, f, operator) => {
  const step: StepFunction = (_state, inputs) => ({ outputs: { y: f(inputs) } });
  const { x, gamma, beta } = feeds;
  const used: Record<string, HostTensor> = name === 'gelu' ? { x } : { x, gamma, beta };
  const ops = lowerStep(step, {}, used).onnx.nodes.map((n) => n.op);
  expect(ops.filter((op) => op !== 'Identity')).toEqual([operator]);
  const [ours, cpu] = [await runOnEngine(engine, step, {}, used), await runOnCpu(step, {}, used)];
  expect(difference(ours.outputs.y, cpu.outputs.y)).toBeLessThan(2e-6);
});

it.each(cases)('%s and its gradients', async (name, f) => {
  const names = name === 'gelu' ? ['x'] : ['x', 'gamma', 'beta'];
  const step: StepFunction = (_state, { dy, ...inputs }) => {
    const loss = (...list: tf.Tensor[]) => tf.sum(tf.mul(f(Object.fromEntries(names.map((n, i) => [n, list[i]]))), dy));
    const gradients = tf.grads(loss)(names.map((n) => inputs[n]));
    return { outputs: { y: f(inputs), ...Object.fromEntries(names.map((n, i) => [`d${n}`, gradients[i]])) } };
  };
  const used = Object.fromEntries(Object.entries(feeds).filter(([n]) => names.includes(n) || n === 'dy'));
  const [ours, cpu] = [await runOnEngine(engine, step, {}, used), await runOnCpu(step, {}, used)];
  for (const key of Object.keys(cpu.outputs)) {
    expect(difference(ours.outputs[key], cpu.outputs[key]), key).toBeLessThan(5e-6);
  }
});
