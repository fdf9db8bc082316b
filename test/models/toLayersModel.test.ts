import { InferenceSession, Tensor as Ort } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import type { HostTensor } from '../../src/engines/Engine.js';
import { loadLayersModel } from '../../src/engines/layers.js';
import { exportOnnx } from '../../src/engines/onnx/exportOnnx.js';
import { io, memory, setBackend, tensor, type Tensor } from '../../src/engines/tf.js';
import { createWasmEngine } from '../../src/engines/wasm/createWasmEngine.js';
import { withBackend } from '../../src/engines/withBackend.js';
import { applyModel } from '../../src/models/applyModel.js';
import { HardSwish, SelfAttention } from '../../src/models/customLayers.js';
import { activations, type ModelSpec } from '../../src/models/ModelSpec.js';
import { initialise } from '../../src/models/parameters.js';
import type { ReferenceTeacher } from '../../src/models/teachers/ReferenceTeacher.js';
import { referenceTeachers } from '../../src/models/teachers/registry.js';
import { toLayersModel } from '../../src/models/toLayersModel.js';
import { allLayers, textLayers } from './allLayers.js';
import { distance, onWasm } from './onWasm.js';

const rng = createRng('export');
const random = (shape: readonly number[], seed: string, spread = 1): HostTensor => {
  const stream = rng.fork(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, dtype: 'float32', data: Float32Array.from({ length: size }, () => spread * stream.normal()) };
};

/** Values as after training: nothing left at its zeros and ones. */
function trainedValues(spec: ModelSpec): Record<string, HostTensor> {
  const { trainable, statistics } = initialise(spec, rng.fork('values'));
  return Object.fromEntries(
    Object.entries({ ...trainable, ...statistics }).map(([name, value]) => {
      const shift = random(value.shape, name, 0.1).data;
      const data = Float32Array.from(value.data, (v, i) =>
        name.endsWith('variance') ? v + Math.abs(shift[i]) : v + shift[i],
      );
      return [name, { ...value, data }];
    }),
  );
}

async function outputsOf(spec: ModelSpec, values: Record<string, HostTensor>, image: HostTensor, taps: string[]) {
  const direct = await onWasm({ ...values, image }, (tensors) => {
    const result = applyModel(spec, tensors, tensors.image, { training: false, noise: {} });
    return { logits: result.logits, ...Object.fromEntries(taps.map((tap) => [tap, result.taps[tap]])) };
  });
  const exported = withBackend('wasm', () => {
    const model = toLayersModel(spec, values, { taps });
    const input = tensor(image.data, [...image.shape], image.dtype);
    const result: Tensor | Tensor[] = model.predict(input);
    const outputs = Array.isArray(result) ? result : [result];
    const data = outputs.map((output) => output.dataSync());
    for (const output of [...outputs, input]) output.dispose();
    model.dispose();
    return data;
  });
  return { direct: ['logits', ...taps].map((name) => direct[name].data), exported };
}

function expectEqual(result: { direct: ArrayLike<number>[]; exported: ArrayLike<number>[] }): void {
  expect(result.exported.length).toBe(result.direct.length);
  result.direct.forEach((values, i) => expect(distance(values, result.exported[i])).toBeLessThan(1e-5));
  expect(Math.max(...Array.from(result.direct[0], Math.abs))).toBeGreaterThan(1e-3);
}

// The output of every node, so that no error can hide behind a later layer.
const everywhere: ModelSpec = {
  ...allLayers,
  taps: Object.fromEntries(
    allLayers.nodes.filter(({ name }) => name !== allLayers.logits).map(({ name }) => [name, name]),
  ),
};
test('every layer: the exported model agrees with applyModel at every node', async () => {
  const taps = Object.keys(everywhere.taps);
  expectEqual(await outputsOf(everywhere, trainedValues(everywhere), random([3, 8, 8, 3], 'image'), taps));
});

test('every layer of texts: the exported models agree with applyModel at every node', async () => {
  const { nodes, logits } = textLayers;
  const taps = nodes.map(({ name }) => name).filter((name) => name !== logits);
  const spec = { ...textLayers, taps: Object.fromEntries(taps.map((name) => [name, name])) };
  const values = trainedValues(spec);
  // 20 is beyond the vocabulary, 0 fills up.
  const data = Int32Array.from([3, 1, 8, 2, 7, 5, 4, 20, 0, 0, 0, 0]);
  const texts = { shape: [2, 6], dtype: 'int32' as const, data };
  const result = await outputsOf(spec, values, texts, taps);
  expectEqual(result);
  const session = await InferenceSession.create(
    exportOnnx({
      fn: (params, { tokens }) => {
        const out = applyModel(spec, params, tokens, { training: false, noise: {} });
        return { logits: out.logits, ...out.taps };
      },
      params: values,
      inputs: { tokens: { shape: [1, 6], dtype: 'int32' } },
      outputs: ['logits', ...taps],
    }),
  );
  for (const batch of [2, 1]) {
    const fed = new Ort('int32', data.slice(0, 6 * batch), [batch, 6]);
    const got = await session.run({ tokens: fed });
    ['logits', ...taps].forEach((name, i) => {
      const values = result.direct[i];
      const expected = Array.from(values).slice(0, (values.length / 2) * batch);
      expect(distance(expected, got[name].data as Float32Array), `${name}, batch ${batch}`).toBeLessThan(1e-5);
    });
  }
  await session.release();
});

test.each(activations)('activation %s', async (fn) => {
  const spec: ModelSpec = {
    input: [64],
    nodes: [{ name: 'a', op: 'activation', inputs: ['input'], function: fn }],
    logits: 'a',
    taps: {},
  };
  expectEqual(await outputsOf(spec, {}, random([5, 64], fn, 4), []));
});

test.each(Object.entries<ReferenceTeacher>(referenceTeachers))('%s', async (_name, teacher) => {
  const ofTexts = teacher.input === 'text';
  const vocabulary = { size: 40, unknown: 1 };
  const context = ofTexts ? { input: [9], classes: 10, vocabulary } : { input: [28, 28, 1], classes: 10 };
  const spec = teacher.build('tiny', context);
  const ids = Int32Array.from({ length: 18 }, (_, i) => (i > 12 ? 0 : 1 + ((7 * i) % 39)));
  const input = ofTexts ? ({ shape: [2, 9], dtype: 'int32', data: ids } as const) : random([2, 28, 28, 1], 'digit');
  expectEqual(await outputsOf(spec, trainedValues(spec), input, ['block1', 'embedding']));
});

test('saved and loaded again, it computes the same', async () => {
  const values = trainedValues(allLayers);
  await createWasmEngine({ threads: 1 });
  const saved = await withBackend('wasm', async () => {
    const model = toLayersModel(allLayers, values);
    let artefacts: io.ModelArtifacts | undefined;
    await model.save({
      save: async (given) => {
        artefacts = given;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      },
    });
    if (!artefacts) throw new Error('nothing was saved');
    return { model, artefacts };
  });
  // Through text and bytes, as a file would carry it.
  const topology: unknown = JSON.parse(JSON.stringify(saved.artefacts.modelTopology));
  const image = random([2, 8, 8, 3], 'again');
  await setBackend('wasm');
  const before = memory().numTensors;
  const loaded = await loadLayersModel(io.fromMemory({ ...saved.artefacts, modelTopology: topology as object }));
  const input = tensor(image.data, [...image.shape], image.dtype);
  const [a, b] = [saved.model.predict(input), loaded.predict(input)];
  if (Array.isArray(a) || Array.isArray(b)) throw new Error('one output was expected');
  expect(distance(a.dataSync(), b.dataSync())).toBe(0);
  for (const t of [a, b, input]) t.dispose();
  loaded.dispose();
  expect(memory().numTensors).toBe(before);
  saved.model.dispose();
});

test('a config from a file is checked', () => {
  expect(() => new SelfAttention({ heads: -1 })).toThrow('layer attention: heads');
  expect(() => new SelfAttention({ heads: 'many' })).toThrow('layer attention: heads');
  expect(new HardSwish({ name: 'x' }).name).toBe('x');
});

test('a missing or misshapen value is an error that names it', async () => {
  await createWasmEngine({ threads: 1 });
  const values = trainedValues(allLayers);
  const rest = Object.fromEntries(Object.entries(values).filter(([name]) => name !== 'pos/embedding'));
  withBackend('wasm', () => {
    expect(() => toLayersModel(allLayers, rest)).toThrow("value 'pos/embedding' is missing");
    expect(() => toLayersModel(allLayers, { ...values, 'pos/embedding': random([2, 2], 'x') })).toThrow(
      "value 'pos/embedding' is [2, 2], expected [13, 16]",
    );
    expect(() => toLayersModel(allLayers, values, { taps: ['nowhere'] })).toThrow("tap 'nowhere'");
  });
});
