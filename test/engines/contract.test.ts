import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, EngineName } from '../../src/engines/Engine.js';
import { engines, openEngine } from '../../src/engines/registry.js';
import * as tf from '../../src/engines/tf.js';
import { differencesOf, drawAbove, floatNames, forwardOf, gradientsOf, inputsOf, relativeError } from './contract.js';
import { contractCases } from './contractCases.js';
import { trainingRuns, train } from './contractTraining.js';
import { recipeRuns, trainRecipe } from './contractRecipes.js';
import { textRuns, trainText } from './contractTextTraining.js';
import { openReferenceEngine } from './referenceEngine.js';

// These must open and pass here: a missing one fails the suite.
const required: EngineName[] = ['onnx', 'wasm'];
// Another joins where it is installed; where it is not, the report says why.
const installed: EngineName[] = [];
for (const name of ['native', 'cuda', 'webgpu', 'onnx:cuda', 'onnx:coreml', 'onnx:directml'] as const) {
  const probe = await engines[name].probe();
  if (probe.available) installed.push(name);
  else it.skip(`engine ${name}: ${probe.reason}; get it with: ${probe.install}`);
}

let reference: Engine;
beforeAll(async () => {
  reference = await openReferenceEngine();
});
afterAll(() => reference.close());

describe('the reference itself', () => {
  const differentiable = contractCases.filter((test) => !test.forwardOnly);
  it.each(differentiable.map((test) => [test.name, test] as const))(
    '%s: gradient by finite differences',
    async (_name, test) => {
      const inputs = inputsOf(test);
      const dy = drawAbove(test, await forwardOf(reference, test, inputs));
      const result = await gradientsOf(reference, test, inputs, dy);
      for (const name of floatNames(inputs)) {
        const expected = await differencesOf(reference, test, inputs, dy, name);
        expect(relativeError(result[`d ${name}`].data, expected, 0.1), `d ${name}`).toBeLessThan(1e-2);
      }
    },
  );
});

describe.each([...required, ...installed])('engine %s', (engineName) => {
  // A GPU's sine and cosine may be off by 2^-11 (WGSL, section 15.7.4); everything else is held to float32.
  const forwardTolerance = (name: string) => (engineName === 'webgpu' && /^(sin|cos)$/.test(name) ? 2 ** -11 : 1e-4);
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(engineName, { threads: 1 });
  });
  afterAll(() => engine?.close());

  it.each(contractCases.map((test) => [test.name, test] as const))('%s', async (_name, test) => {
    const inputs = inputsOf(test);
    const y = await forwardOf(reference, test, inputs);
    const before = tf.memory().numTensors;
    if (test.forwardOnly) {
      const value = await forwardOf(engine, test, inputs);
      expect({ shape: value.shape, dtype: value.dtype }).toEqual({ shape: y.shape, dtype: y.dtype });
      expect(relativeError(value.data, y.data)).toBeLessThan(1e-4);
    } else {
      const dy = drawAbove(test, y);
      const expected = await gradientsOf(reference, test, inputs, dy);
      const actual = await gradientsOf(engine, test, inputs, dy);
      for (const [name, value] of Object.entries(expected)) {
        expect(actual[name].shape, name).toEqual(value.shape);
        // A shift of all keys changes no softmax: the gradient of their bias is zero but for rounding.
        const floor = name === 'd key_bias' ? 1 : undefined;
        expect(relativeError(actual[name].data, value.data, floor), name).toBeLessThan(
          name === 'y' ? forwardTolerance(test.name) : 1e-3,
        );
      }
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(Object.entries(trainingRuns))('ten training steps: %s', async (_name, run) => {
    const before = tf.memory().numTensors;
    const expected = await train(reference, run, 10);
    const actual = await train(engine, run, 10);
    expect(expected.losses[9]).toBeLessThan(expected.losses[0]);
    expect(relativeError(actual.losses, expected.losses)).toBeLessThan(1e-3);
    for (const [name, value] of Object.entries(expected.state)) {
      expect(relativeError(actual.state[name].data, value.data, 1e-2), name).toBeLessThan(5e-3);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(Object.entries(recipeRuns))('ten training steps: %s', async (_name, run) => {
    const before = tf.memory().numTensors;
    const expected = await trainRecipe(reference, run, 10);
    const actual = await trainRecipe(engine, run, 10);
    expect(expected.losses.every(Number.isFinite)).toBe(true);
    expect(relativeError(actual.losses, expected.losses)).toBeLessThan(1e-3);
    for (const [name, value] of Object.entries(expected.state)) {
      expect(relativeError(actual.state[name].data, value.data, 1e-2), name).toBeLessThan(5e-3);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(Object.entries(textRuns))('six training steps: %s', async (_name, run) => {
    const before = tf.memory().numTensors;
    const expected = await trainText(reference, run, 6);
    const actual = await trainText(engine, run, 6);
    expect(relativeError(actual.losses, expected.losses)).toBeLessThan(1e-3);
    for (const [name, value] of Object.entries(expected.state)) {
      expect(relativeError(actual.state[name].data, value.data, 1e-2), name).toBeLessThan(5e-3);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});
