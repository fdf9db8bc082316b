import { expect, test } from 'vitest';
import { inferShapes } from '../../src/models/inferShapes.js';
import type { ModelSpec, NodeSpec } from '../../src/models/ModelSpec.js';
import { validateModelSpec } from '../../src/models/validateModelSpec.js';
import { allLayers } from './allLayers.js';

const model = (...nodes: NodeSpec[]): ModelSpec => ({
  input: [8, 8, 3],
  nodes: [...nodes, { name: 'pool', op: 'global_avg_pool', inputs: [nodes.at(-1)?.name ?? 'input'] }],
  logits: 'pool',
  taps: {},
});

test('accepts what it should, unchanged', () => {
  expect(validateModelSpec(JSON.parse(JSON.stringify(allLayers)))).toEqual(allLayers);
});

const relu = { name: 'a', op: 'activation', inputs: ['input'], function: 'relu' };
test.each([
  ['no model', 'a string', 'model: Invalid input'],
  ['unknown layer', { ...model(), nodes: [{ name: 'x', op: 'lambda', inputs: ['input'] }] }, "unknown layer 'lambda'"],
  [
    'a prototype name',
    { ...model(), nodes: [{ name: 'x', op: 'toString', inputs: ['input'] }] },
    "unknown layer 'toString'",
  ],
  ['unknown field', { ...model(), nodes: [{ ...relu, extra: 1 }] }, 'extra'],
  ['wrong function', { ...model(), nodes: [{ ...relu, function: 'swishy' }] }, "node 'a': function"],
  ['reserved name', { ...model(), nodes: [{ ...relu, name: 'input' }] }, 'reserved'],
  ['markup in a name', { ...model(), nodes: [{ ...relu, name: '<b>' }] }, 'a name has'],
  ['a name twice', { ...model(), nodes: [relu, relu] }, 'used twice'],
  ['unknown input', { ...model(), nodes: [{ ...relu, inputs: ['later'] }] }, "its input 'later' is no earlier node"],
  ['no logits', { ...model(), logits: 'nowhere' }, "no node 'nowhere'"],
  ['logits of a grid', { ...model(), nodes: [relu], logits: 'a' }, 'needs [classes], has [8, 8, 3]'],
  ['unknown tap', { ...model(), taps: { t: 'nowhere' } }, "tap 't'"],
])('refuses %s', (_what, data, message) => {
  expect(() => validateModelSpec(data)).toThrow(message);
});

test('a mismatch names the node and the shapes', () => {
  const narrow = {
    name: 'c',
    op: 'conv2d',
    inputs: ['input'],
    filters: 4,
    kernel: 3,
    stride: 2,
    padding: 'same',
    useBias: true,
  } as const;
  expect(() => inferShapes(model(narrow, { name: 'sum', op: 'add', inputs: ['c', 'input'] }))).toThrow(
    "node 'sum' (add of c [4, 4, 4], input [8, 8, 3]): cannot add shapes that differ",
  );
  expect(() => inferShapes(model({ ...narrow, kernel: 9, padding: 'valid' }))).toThrow(
    'a window of 9 does not fit into 8',
  );
  expect(() => inferShapes(model({ name: 'r', op: 'reshape', inputs: ['input'], shape: [7] }))).toThrow(
    '[8, 8, 3] to [7]',
  );
  expect(() => inferShapes(model({ name: 'a', op: 'attention', inputs: ['input'], heads: 2 }))).toThrow(
    'needs a sequence',
  );
});
