import { describe, expect, test } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import type { HostTensor } from '../../src/engines/Engine.js';
import type { Tensor4D } from '../../src/engines/tf.js';
import { inferShapes } from '../../src/models/inferShapes.js';
import { convolved, slid } from '../../src/models/layers/convolved.js';
import { layers } from '../../src/models/layers/registry.js';
import type { ModelSpec, NodeSpec, Padding } from '../../src/models/ModelSpec.js';
import { validateModelSpec } from '../../src/models/validateModelSpec.js';
import { distance, onWasm } from './onWasm.js';

interface Sizes {
  readonly kernel: number;
  readonly filters: number;
  readonly groups: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: Padding;
}

/** The definition, in double precision: each filter sums over its group's channels and its taps, which are `dilation` apart. */
function byDefinition(x: HostTensor, w: HostTensor, sizes: Sizes): { shape: number[]; values: number[] } {
  const { kernel, filters, groups, stride, dilation, padding } = sizes;
  const [batch, height, width, channels] = x.shape;
  const reach = (kernel - 1) * dilation + 1;
  const sizeOf = (n: number) => (padding === 'same' ? Math.ceil(n / stride) : Math.ceil((n - reach + 1) / stride));
  const frame = (n: number) =>
    padding === 'same' ? Math.floor(Math.max(0, (sizeOf(n) - 1) * stride + reach - n) / 2) : 0;
  const [seen, each] = [channels / groups, filters / groups];
  const shape = [batch, sizeOf(height), sizeOf(width), filters];
  const values: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let r = 0; r < shape[1]; r++)
      for (let c = 0; c < shape[2]; c++)
        for (let f = 0; f < filters; f++) {
          let sum = 0;
          for (let i = 0; i < kernel; i++)
            for (let j = 0; j < kernel; j++)
              for (let k = 0; k < seen; k++) {
                const row = r * stride + i * dilation - frame(height);
                const column = c * stride + j * dilation - frame(width);
                if (row < 0 || column < 0 || row >= height || column >= width) continue;
                const channel = Math.floor(f / each) * seen + k;
                sum +=
                  x.data[((b * height + row) * width + column) * channels + channel] *
                  w.data[((i * kernel + j) * seen + k) * filters + f];
              }
          values.push(sum);
        }
  return { shape, values };
}

const rng = createRng('convolved');
const random = (...shape: number[]): HostTensor => {
  const stream = rng.fork(shape.join('x'));
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, dtype: 'float32', data: Float32Array.from({ length: size }, () => stream.normal()) };
};

const cases: [number[], Sizes][] = [];
for (const padding of ['same', 'valid'] as const) {
  for (const [stride, dilation] of [[1, 1], [2, 1], [1, 2], [1, 3]]) {
    for (const [kernel, channels, filters, groups] of [[3, 6, 9, 3], [2, 4, 4, 2], [3, 40, 20, 10], [3, 3, 5, 1]]) {
      cases.push([[2, 9, 8, channels], { kernel, filters, groups, stride, dilation, padding }]);
    }
  }
} // prettier-ignore

describe('convolutions with groups and dilation are what their definition says', () => {
  test.each(cases)('%j %j', async (shape, sizes) => {
    const { kernel, groups, filters } = sizes;
    const [x, w] = [random(...shape), random(kernel, kernel, shape[3] / groups, filters)];
    const expected = byDefinition(x, w, sizes);
    const { y } = await onWasm({ x, w }, (t) => ({ y: convolved(t.x as Tensor4D, t.w as Tensor4D, sizes, true) }));
    expect(y.shape).toEqual(expected.shape);
    expect(distance(y.data, expected.values)).toBeLessThan(1e-4);
  });

  test.each(cases.filter(([, { groups }]) => groups === 3))('depthwise %j %j', async (shape, sizes) => {
    const channels = shape[3];
    const [x, w] = [random(...shape), random(3, 3, channels, 1)];
    const own = { ...sizes, groups: channels, filters: channels };
    // One filter a channel: [k, k, C, 1] holds what [k, k, 1, C] does.
    const expected = byDefinition(x, w, own);
    const { y } = await onWasm({ x, w }, (t) => ({ y: slid(t.x as Tensor4D, t.w as Tensor4D, own) }));
    expect(y.shape).toEqual(expected.shape);
    expect(distance(y.data, expected.values)).toBeLessThan(1e-4);
  });
});

const conv = { name: 'conv', op: 'conv2d', inputs: ['input'], filters: 12, kernel: 3, stride: 1, padding: 'valid', useBias: true } as const; // prettier-ignore
const modelOf = (node: NodeSpec): ModelSpec => ({
  input: [9, 9, 8],
  nodes: [node, { name: 'pool', op: 'global_avg_pool', inputs: [node.name] }],
  logits: 'pool',
  taps: {},
});

test('shapes, parameters and multiply-accumulates', () => {
  const node = { ...conv, dilation: 2, groups: 4 };
  const output = inferShapes(validateModelSpec(modelOf(node))).get('conv');
  expect(output).toEqual([5, 5, 12]);
  expect(layers.conv2d.params?.(node, [[9, 9, 8]]).map(({ shape }) => shape)).toEqual([[3, 3, 2, 12], [12]]); // prettier-ignore
  expect(layers.conv2d.macs?.(node, [[9, 9, 8]], [5, 5, 12])).toBe(5 * 5 * 12 * 9 * 2);
});

test('what cannot be computed everywhere is refused', () => {
  const refused = (node: object, message: string) =>
    expect(() => validateModelSpec(modelOf({ ...conv, ...node }))).toThrow(message);
  refused({ groups: 3 }, '3 groups must be fewer than the 8 channels and divide them and the 12 filters');
  refused({ groups: 8, filters: 16 }, '8 groups must be fewer than the 8 channels');
  refused({ groups: 4, filters: 6 }, 'divide them and the 6 filters');
  refused({ stride: 2, dilation: 2 }, 'stride 2 and dilation 2 exclude each other');
  refused({ dilation: 5 }, 'a window of 11 does not fit into 9');
  refused({ dilation: 0 }, 'dilation');
  const depthwise = { name: 'dw', op: 'depthwise_conv2d', inputs: ['input'], kernel: 3, stride: 2, padding: 'same', useBias: true, dilation: 2 } as const; // prettier-ignore
  expect(() => validateModelSpec(modelOf(depthwise))).toThrow('exclude each other');
});
