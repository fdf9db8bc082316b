import { expect, test } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { cannotRun } from '../../src/costs/CostModel.js';
import { calibrationModels } from '../../src/devices/calibrationModels.js';
import { createPredictor } from '../../src/devices/createPredictor.js';
import type { MeasuredProfile, RooflineProfile } from '../../src/devices/DeviceProfile.js';
import { addFeatures } from '../../src/devices/features.js';
import { crossValidate, fitLatency, predictionError, sumFeatures } from '../../src/devices/fitLatency.js';
import { runLayers } from '../../src/devices/fusion.js';
import { rooflineMs } from '../../src/devices/roofline.js';
import type { ModelSpec, NodeSpec } from '../../src/models/ModelSpec.js';
import { validateModelSpec } from '../../src/models/validateModelSpec.js';

const base = { padding: 'same', useBias: false } as const;
const conv: NodeSpec = { op: 'conv2d', name: 'conv', inputs: ['input'], filters: 16, kernel: 3, stride: 1, ...base };
const norm: NodeSpec = { op: 'batch_norm', name: 'norm', inputs: ['conv'] };
const pool: NodeSpec = { op: 'global_avg_pool', name: 'pool', inputs: ['act'] };
const dense: NodeSpec = { op: 'dense', name: 'dense', inputs: ['pool'], units: 10, useBias: true };
const specOf = (...nodes: NodeSpec[]): ModelSpec => ({
  input: [8, 8, 3],
  nodes,
  logits: nodes.at(-1)?.name ?? '',
  taps: {},
});
const act = (name: 'relu' | 'gelu', from = 'norm'): NodeSpec => ({
  op: 'activation',
  name: 'act',
  inputs: [from],
  function: name,
});

const profile: RooflineProfile = {
  format: 1,
  kind: 'roofline',
  title: 'test',
  class: 'cpu',
  aliases: [],
  threads: 1,
  batch: 1,
  gmacs: { float32: 10, int8: 40 },
  bandwidth: 2,
  launch: 3,
  overhead: 50,
  efficiency: { dense: 0.5, depthwise: 0.25 },
  unsupported: { layers: [], activations: [] },
  sources: ['test'],
};

test('batch norm and simple activations run inside a convolution; others and those with another reader do not', () => {
  const free = (spec: ModelSpec) => runLayers(spec).flatMap((layer) => (layer.free ? [layer.node.name] : []));
  expect(free(specOf(conv, norm, act('relu'), pool, dense))).toEqual(['norm', 'act']);
  expect(free(specOf(conv, norm, act('gelu'), pool, dense))).toEqual(['norm']);
  // The convolution's own output is read too: it must be written, and the norm runs over it.
  const both: NodeSpec = { op: 'add', name: 'sum', inputs: ['act', 'conv'] };
  expect(free(specOf(conv, norm, act('relu'), both, { ...pool, inputs: ['sum'] }, dense))).toEqual([]);
});

test('the roofline of a small model, computed by hand', () => {
  const spec = specOf(conv, norm, act('relu'), pool, dense);
  // conv: 8*8*16*27 MACs at 5e6 a ms; values 192 + 1024 and 432 weights, 4 bytes each, at 2e6 bytes a ms.
  const convMs = Math.max((64 * 16 * 27) / 5e6, ((192 + 1024 + 432) * 4) / 2e6);
  const poolMs = ((1024 + 16) * 4) / 2e6;
  const denseMs = Math.max(160 / 5e6, ((16 + 10 + 170) * 4) / 2e6);
  expect(rooflineMs(spec, profile, 'float32')).toBeCloseTo(0.05 + 3 * 0.003 + convMs + poolMs + denseMs, 12);
  const depthwise: NodeSpec = {
    op: 'depthwise_conv2d',
    name: 'conv',
    inputs: ['input'],
    kernel: 3,
    stride: 1,
    ...base,
  };
  const computing = { ...profile, bandwidth: 1e9, launch: 0, overhead: 0 };
  expect(rooflineMs(specOf(depthwise, { ...pool, inputs: ['conv'] }, dense), computing, 'float32')).toBeCloseTo(
    (64 * 3 * 9) / 2.5e6 + 30 / 5e6,
    9,
  );
});

test('a device computes in the precision of the weights or in a wider one, else in none', () => {
  const spec = specOf(conv, norm, act('relu'), pool, dense);
  const ms = (weights: 'float32' | 'float16' | 'int8') => createPredictor('board', profile, weights).predict(spec);
  expect(ms('float16')).toBe(ms('float32'));
  expect(ms('int8')).toBeLessThan(ms('float32'));
  expect(() => createPredictor('npu', { ...profile, gmacs: { int8: 1 } }, 'float32')).toThrow(
    'device npu computes in int8, not in float32',
  );
});

test('what the device cannot run is named, and each such layer breaks every budget', () => {
  const unsupported = { layers: ['batch_norm'], activations: ['gelu' as const] };
  const predictor = createPredictor('npu', { ...profile, unsupported }, 'float32');
  const spec = specOf(conv, norm, act('gelu'), pool, dense);
  expect(predictor.unsupported(spec)).toEqual(['batch_norm', 'activation gelu']);
  expect(predictor.predict(spec)).toBeGreaterThan(2 * cannotRun);
  const able = specOf(conv, act('relu', 'conv'), pool, dense);
  expect(predictor.unsupported(able)).toEqual([]);
  expect(predictor.predict(able)).toBeLessThan(1);
});

test('a layer that was never measured is refused by name, not counted as nothing', () => {
  const spec = specOf(conv, norm, act('gelu'), pool, dense);
  const times = fitLatency([{ spec: specOf(conv, norm, act('relu'), pool, dense), ms: 1 }]);
  const measured = { kind: 'measured', times } as unknown as MeasuredProfile;
  expect(() => createPredictor('local', measured, 'float32').predict(spec)).toThrow(
    'device local was measured without gelu of rank 3',
  );
});

test('a fit finds an additive machine again and predicts models that it never saw', () => {
  const models = calibrationModels(160, createRng('fit'));
  const truth = (spec: ModelSpec) => {
    let ms = 0;
    addFeatures(spec, (name, amount) => {
      ms += (name.endsWith('.macs') ? 2e-7 : name.endsWith('.out') ? 1e-6 : name.includes('.') ? 0 : 0.002) * amount;
    });
    return ms;
  };
  const measured = models.map((spec) => ({ spec, ms: truth(spec) }));
  const error = crossValidate(measured);
  expect(error.models).toBe(160);
  expect(error.within10).toBeGreaterThan(0.97);
  expect(error.tau).toBeGreaterThan(0.98);
  const times = new Map(Object.entries(fitLatency(measured)));
  expect(
    predictionError(
      models.map((spec) => sumFeatures(spec, times).ms),
      measured.map(({ ms }) => ms),
    ).p80,
  ).toBeLessThan(0.01);
});

test('calibration models are valid and hold every layer and activation of images, so that none is unknown', () => {
  const models = calibrationModels(250, createRng('all'));
  expect(models).toHaveLength(250);
  for (const spec of models) validateModelSpec(spec);
  const kinds = new Set(
    models.flatMap((spec) => spec.nodes.map((node) => (node.op === 'activation' ? node.function : node.op))),
  );
  for (const kind of [
    'conv2d',
    'depthwise_conv2d',
    'dense',
    'batch_norm',
    'layer_norm',
    'add',
    'multiply',
    'concat',
    'global_avg_pool',
    'avg_pool',
    'max_pool',
    'transpose',
    'resize',
    'class_token',
    'position_embedding',
    'attention',
    'take_token',
    'layer_scale',
    'relu',
    'relu6',
    'hard_swish',
    'hard_sigmoid',
    'silu',
    'gelu',
    'sigmoid',
    'tanh',
  ]) {
    expect(kinds, kind).toContain(kind);
  }
});

test('predictionError counts what is within 10 %', () => {
  const error = predictionError([1, 1.05, 1.2, 0.95], [1, 1, 1, 1]);
  expect(error).toMatchObject({ models: 4, within10: 0.75 });
  expect(error.median).toBeCloseTo(0.05, 12);
});

test('a convolution in groups costs what its groups do, and is one kernel', () => {
  const featuresOf = (channels: number, filters: number, groups: number) => {
    const found = new Map<string, number>();
    const node = { ...conv, filters, ...(groups > 1 ? { groups } : {}) };
    const spec = { ...specOf(node, { ...pool, inputs: ['conv'] }, dense), input: [8, 8, channels] };
    addFeatures(spec, (name, amount) => found.set(name, (found.get(name) ?? 0) + amount));
    return found;
  };
  const [whole, one] = [featuresOf(32, 64, 4), featuresOf(8, 16, 1)];
  expect(whole.get('conv')).toBe(1);
  for (const name of ['conv.macs', 'conv.out', 'conv.weights', 'conv.rows', 'convs.macs', 'convs.tiles']) {
    expect(whole.get(name), name).toBe(4 * (one.get(name) ?? NaN));
  }
});
