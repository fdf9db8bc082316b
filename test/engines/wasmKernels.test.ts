import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine, Tensors } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import * as tf from '../../src/engines/tf.js';
import { functions } from '../../src/engines/wasm/simd/functions/registry.js';
import { buildModule, hasRelaxedSimd, type WasmFunction } from '../../src/engines/wasm/simd/ModuleBuilder.js';
import { drawing, expectAgreement, imageWithTies, poolWindows, valuesAndGradients } from './againstReference.js';
import { relativeError, runOnce } from './contract.js';
import { openReferenceEngine } from './referenceEngine.js';

let engine: Engine;
let reference: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm', { threads: 1 });
  reference = await openReferenceEngine();
});

const draw = drawing('wasm');

describe('the module', () => {
  const table = functions as unknown as Record<string, WasmFunction>;
  it.each(Object.keys(functions))('%s is valid WebAssembly', (name) => {
    expect(WebAssembly.validate(buildModule({ [name]: table[name] }, false))).toBe(true);
    if (hasRelaxedSimd()) expect(WebAssembly.validate(buildModule({ [name]: table[name] }, true))).toBe(true);
  });

  it('multiplies and adds in one instruction exactly where the machine has it', () => {
    const bytes = buildModule(table, true);
    expect(WebAssembly.validate(bytes)).toBe(hasRelaxedSimd());
  });
});

// Rows, columns and depth that tiles of 4 x 8 and cuts of 256 leave something over of.
const sizes = [
  [1, 1, 1],
  [4, 8, 4],
  [5, 9, 3],
  [3, 17, 258],
  [13, 7, 600],
  [64, 40, 33],
] as const;
const transposed = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;
describe.each(transposed)('product, transposed %s %s', (ta, tb) => {
  it.each(sizes)('%i x %i, depth %i', async (rows, columns, depth) => {
    const a = ta ? draw('a', depth, rows) : draw('a', rows, depth);
    const b = tb ? draw('b', columns, depth) : draw('b', depth, columns);
    const { y } = await runOnce(engine, (_, feeds) => ({ outputs: { y: tf.matMul(feeds.a, feeds.b, ta, tb) } }), {
      a,
      b,
    });
    const expected = Float64Array.from({ length: rows * columns }, (_, i) => {
      const [r, c] = [Math.floor(i / columns), i % columns];
      let sum = 0;
      for (let k = 0; k < depth; k++) {
        sum += a.data[ta ? k * rows + r : r * depth + k] * b.data[tb ? c * depth + k : k * columns + c];
      }
      return sum;
    });
    expect(y.shape).toEqual([rows, columns]);
    expect(relativeError(y.data, expected)).toBeLessThan(1e-5);
  });
});

it('products of stacks, one side of which is repeated', async () => {
  const inputs = { a: draw('a', 2, 1, 3, 4), b: draw('b', 5, 4, 2) };
  const { y } = await runOnce(engine, (_, { a, b }) => ({ outputs: { y: tf.matMul(a, b) } }), inputs);
  const expected = Float64Array.from({ length: 2 * 5 * 3 * 2 }, (_, i) => {
    const [n, m, r, c] = [Math.floor(i / 30), Math.floor(i / 6) % 5, Math.floor(i / 2) % 3, i % 2];
    return [0, 1, 2, 3].reduce((sum, k) => sum + inputs.a.data[(n * 3 + r) * 4 + k] * inputs.b.data[(m * 4 + k) * 2 + c], 0); // prettier-ignore
  });
  expect(y.shape).toEqual([2, 5, 3, 2]);
  expect(relativeError(y.data, expected)).toBeLessThan(1e-5);
});

it('a product over nothing is zero', async () => {
  const step = () => ({ outputs: { y: tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])) } });
  expect([...(await runOnce(engine, step, {})).y.data]).toEqual([0, 0, 0, 0, 0, 0]);
});

// Channels and filters that fours and eights leave something over of; strides that leave rows of the image unused.
it.each([
  ['3x3', [2, 9, 7, 5], [3, 3, 5, 11], 1, 'same'],
  ['3x3, stride 2', [3, 8, 9, 4], [3, 3, 4, 8], 2, 'same'],
  ['2x4 valid, stride 3', [2, 11, 10, 1], [2, 4, 1, 3], 3, 'valid'],
  ['1x1, stride 2', [2, 7, 7, 6], [1, 1, 6, 9], 2, 'same'],
  ['1x1', [2, 5, 5, 6], [1, 1, 6, 9], 1, 'same'],
  ['3x3 over 1x1', [4, 1, 1, 3], [3, 3, 3, 2], 1, 'same'],
] as const)('filter gradient of a %s convolution', async (_name, image, filter, stride, pad) => {
  const inputs = { x: draw('x', ...image), w: draw('w', ...filter) };
  const f = ({ x, w }: Tensors) => ({ y: tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad) });
  await expectAgreement({ engine, reference }, valuesAndGradients(['w'], f), inputs, 1e-5);
});

it.each([
  ['6x6', [2, 9, 9, 6], [6, 6, 6, 1], 1],
  ['3x3, multiplier 3', [2, 6, 7, 2], [3, 3, 2, 3], 2],
] as const)('filter gradient of a depthwise %s convolution', async (_name, image, filter, stride) => {
  const inputs = { x: draw('x', ...image), w: draw('w', ...filter) };
  const f = ({ x, w }: Tensors) => ({ y: tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, 'same') });
  await expectAgreement({ engine, reference }, valuesAndGradients(['w'], f), inputs, 1e-5);
});

it.each(poolWindows)(
  'max pooling %i, stride %i, %s: of equal maxima the first takes the gradient',
  async (size, stride, pad) => {
    const f = ({ x }: Tensors) => ({ y: tf.maxPool(x as tf.Tensor4D, size, stride, pad) });
    const x = imageWithTies(draw('pool', 3, 7, 8, 19));
    await expectAgreement({ engine, reference }, valuesAndGradients(['x'], f), { x }, 1e-6);
  },
);

it('long sums keep their small summands', async () => {
  // In one running float32 sum, 0.1 added a million times is off by about one part in a hundred.
  const { y } = await runOnce(engine, () => ({ outputs: { y: tf.sum(tf.fill([1_000_000, 3], 0.1), 0) } }), {});
  for (const value of y.data) expect(Math.abs(value / 100_000 - 1)).toBeLessThan(1e-4);
});
