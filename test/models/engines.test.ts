import { expect, test } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import type { Engine, HostTensor, StepFunction } from '../../src/engines/Engine.js';
import { specsOf } from '../../src/engines/hostTensors.js';
import { lossAndGradients } from '../../src/engines/lossAndGradients.js';
import { createOnnxEngine } from '../../src/engines/onnx/createOnnxEngine.js';
import { mean, square, sub } from '../../src/engines/tf.js';
import { createWasmEngine } from '../../src/engines/wasm/createWasmEngine.js';
import { applyModel } from '../../src/models/applyModel.js';
import { drawNoise, noiseSpecs } from '../../src/models/noise.js';
import { initialise } from '../../src/models/parameters.js';
import { allLayers } from './allLayers.js';
import { distance } from './onWasm.js';

const rng = createRng('engines');
const random = (shape: number[], seed: string): HostTensor => {
  const stream = rng.fork(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, dtype: 'float32', data: Float32Array.from({ length: size }, () => stream.normal()) };
};

test('outputs, gradients and statistics of every layer are equal on wasm and onnx', async () => {
  const { trainable, statistics } = initialise(allLayers, rng.fork('init'));
  const noise = drawNoise(noiseSpecs(allLayers, 4), rng.fork('noise'));
  const feeds = { ...noise, image: random([4, 8, 8, 3], 'image'), target: random([4, 5], 'target') };
  const step: StepFunction = (state, fed) => {
    const params = Object.fromEntries(Object.keys(trainable).map((name) => [name, state[name]]));
    const { grads, aux } = lossAndGradients(params, (values) => {
      const result = applyModel(allLayers, { ...state, ...values }, fed.image, { training: true, noise: fed });
      return {
        loss: mean(square(sub(result.logits, fed.target))),
        aux: { logits: result.logits, ...result.statistics },
      };
    });
    const still = applyModel(allLayers, state, fed.image, { training: false, noise: {} });
    const named = Object.fromEntries(Object.entries(grads).map(([name, value]) => [`grad ${name}`, value]));
    return { outputs: { ...named, ...aux, still: still.logits, ...still.taps } };
  };
  const run = async (engine: Engine) => {
    const values = { ...trainable, ...statistics };
    const state = engine.createState(values);
    const compiled = await engine.compile(step, specsOf(values), specsOf(feeds));
    const outputs = await compiled.run(state, feeds);
    compiled.dispose();
    engine.close();
    return outputs;
  };
  const wasm = await run(await createWasmEngine({ threads: 1 }));
  const onnx = await run(await createOnnxEngine({ threads: 1 }));
  expect(Object.keys(onnx).sort()).toEqual(Object.keys(wasm).sort());
  for (const [name, { data }] of Object.entries(wasm)) {
    const size = Math.max(...Array.from(data, Math.abs));
    // The floor is for the bias before a batch norm: its gradient is zero but for rounding.
    expect(distance(onnx[name].data, data), name).toBeLessThan(1e-3 * size + 1e-5);
  }
});
