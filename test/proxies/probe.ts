import { createRng, type Rng } from '../../src/core/rng.js';
import type { Engine, HostTensor } from '../../src/engines/Engine.js';
import type { ModelSpec, NodeSpec } from '../../src/models/ModelSpec.js';
import { ProbedModel, type ProbeBatch } from '../../src/proxies/ProbedModel.js';

export const rows = 16;

const tensor = (shape: number[], value: (i: number) => number): HostTensor => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i)),
});

/** Random samples of three classes; the teacher's features are the labels, its logits near them. */
export function batchOf(shape: readonly number[], rng: Rng = createRng('batch')): ProbeBatch {
  const oneHot = (i: number) => (i % 3 === Math.floor(i / 3) % 3 ? 1 : 0);
  return {
    image: tensor([rows, ...shape], () => rng.normal()),
    targets: tensor([rows, 3], oneHot),
    teacher: {
      logits: tensor([rows, 3], (i) => 3 * oneHot(i) + rng.normal()),
      features: tensor([rows, 3], (i) => oneHot(i)),
    },
  };
}

const same = { padding: 'same', useBias: false, stride: 1 } as const;

/** A small network with all that a proxy may stumble over: norms, a gate, a shortcut, dropout. */
export function smallNet(width: number): ModelSpec {
  const nodes: NodeSpec[] = [
    { name: 'conv', op: 'conv2d', inputs: ['input'], filters: width, kernel: 3, ...same },
    { name: 'bn', op: 'batch_norm', inputs: ['conv'] },
    { name: 'act', op: 'activation', inputs: ['bn'], function: 'relu6' },
    { name: 'pool', op: 'global_avg_pool', inputs: ['act'], keepDims: true },
    { name: 'gate', op: 'conv2d', inputs: ['pool'], filters: width, kernel: 1, ...same, useBias: true },
    { name: 'sigmoid', op: 'activation', inputs: ['gate'], function: 'hard_sigmoid' },
    { name: 'se', op: 'multiply', inputs: ['act', 'sigmoid'] },
    { name: 'conv2', op: 'conv2d', inputs: ['se'], filters: width, kernel: 3, ...same },
    { name: 'bn2', op: 'batch_norm', inputs: ['conv2'] },
    { name: 'sum', op: 'add', inputs: ['se', 'bn2'] },
    { name: 'act2', op: 'activation', inputs: ['sum'], function: 'relu' },
    { name: 'mean', op: 'global_avg_pool', inputs: ['act2'] },
    { name: 'drop', op: 'dropout', inputs: ['mean'], rate: 0.1 },
    { name: 'logits', op: 'dense', inputs: ['drop'], units: 3, useBias: true },
  ];
  return { input: [6, 6, 1], nodes, logits: 'logits', taps: { stage1: 'act2', embedding: 'mean' } };
}

/** Two linear layers with a ReLU between them. */
export const twoLayers: ModelSpec = {
  input: [1, 1, 4],
  nodes: [
    { name: 'flat', op: 'global_avg_pool', inputs: ['input'] },
    { name: 'first', op: 'dense', inputs: ['flat'], units: 5, useBias: true },
    { name: 'relu', op: 'activation', inputs: ['first'], function: 'relu' },
    { name: 'second', op: 'dense', inputs: ['relu'], units: 3, useBias: true },
  ],
  logits: 'second',
  taps: { embedding: 'relu' },
};

export function probed(engine: Engine, spec: ModelSpec, seed = 'probe'): ProbedModel {
  return new ProbedModel(engine, spec, batchOf(spec.input), createRng(seed));
}
