import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine, HostTensor, HostTensors, Tensors } from '../../src/engines/Engine.js';
import { createOnnxEngine } from '../../src/engines/onnx/createOnnxEngine.js';
import * as tf from '../../src/engines/tf.js';
import { difference, ints, normal, runOnCpu, runOnEngine, seeded, uniform } from './onnxHelpers.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxEngine({ threads: 1 });
});
afterAll(() => engine.close());

type F = (x: Tensors) => tf.Tensor | tf.Tensor[];
interface Case {
  name: string;
  f: F;
  feeds: HostTensors;
  /** Inputs to differentiate with respect to; the output is weighted by cos(1, 2, ...) and summed. */
  grad?: string[];
}
const rng = seeded('kernels');
const n = (...shape: number[]): HostTensor => normal(rng, shape);
const pos = (...shape: number[]): HostTensor => uniform(rng, shape, 0.2, 3);
const four = (t: tf.Tensor): tf.Tensor4D => t as tf.Tensor4D;
const cases: Case[] = [];
const add = (name: string, f: F, feeds: HostTensors, grad?: string[]): void =>
  void cases.push({ name, f, feeds, grad });

// From 16 samples on, depthwise convolutions are banded products: whole planes up to 8x8 to 8x8, rows above.
for (const [h, w, k, stride, pad] of [
  [4, 4, 3, 1, 'same'],
  [7, 6, 5, 1, 'same'],
  [7, 7, 3, 2, 'same'],
  [6, 5, 3, 1, 'valid'],
  [11, 10, 3, 1, 'same'],
  [12, 14, 3, 2, 'same'],
  [13, 11, 5, 2, 'same'],
  [12, 11, 5, 2, 'valid'],
] as const) {
  add(
    `banded depthwise ${k}x${k}/${stride} ${pad} of ${h}x${w}`,
    (v) => tf.depthwiseConv2d(four(v.x), four(v.w), stride, pad),
    { x: n(16, h, w, 3), w: n(k, k, 3, 1) },
    ['x', 'w'],
  );
}
add(
  'banded depthwise, dilated, with a bias',
  (v) => tf.add(tf.depthwiseConv2d(four(v.x), four(v.w), 1, 'same', 'NHWC', 2), v.b),
  { x: n(17, 11, 9, 2), w: n(3, 3, 2, 1), b: n(2) },
);

const smooth: Record<string, (t: tf.Tensor) => tf.Tensor> = {
  square: tf.square,
  exp: tf.exp,
  abs: tf.abs,
  neg: tf.neg,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  relu: tf.relu,
  relu6: (t) => tf.relu6(tf.mul(t, 5)),
  elu: tf.elu,
  selu: tf.selu,
  leaky: (t) => tf.leakyRelu(t, 0.1),
  softplus: tf.softplus,
  erf: tf.erf,
  sin: tf.sin,
  cos: tf.cos,
  expm1: tf.expm1,
  clip: (t) => tf.clipByValue(t, -0.5, 0.7),
  step: (t) => tf.step(t, 0.3),
  sign: tf.sign,
  floor: tf.floor,
  ceil: tf.ceil,
  round: (t) => tf.round(tf.mul(t, 4)),
  tan: tf.tan,
  atan: tf.atan,
  softmax: (t) => tf.softmax(t),
  logSoftmax: (t) => tf.logSoftmax(t),
  zerosLike: tf.zerosLike,
  onesLike: tf.onesLike,
  clone: (t) => tf.clone(t),
};
for (const [name, f] of Object.entries(smooth)) add(name, ({ x }) => f(x), { x: n(2, 3, 5) }, ['x']);
const positive: Record<string, (t: tf.Tensor) => tf.Tensor> = {
  sqrt: tf.sqrt,
  rsqrt: tf.rsqrt,
  log: tf.log,
  log1p: tf.log1p,
  reciprocal: tf.reciprocal,
  pow2: (t) => tf.pow(t, 2),
  pow3: (t) => tf.pow(t, 3),
  pow07: (t) => tf.pow(t, 0.7),
  powHalf: (t) => tf.pow(t, 0.5),
  powM1: (t) => tf.pow(t, -1),
};
for (const [name, f] of Object.entries(positive)) add(name, ({ x }) => f(x), { x: pos(3, 7) }, ['x']);
const binary: Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  maximum: tf.maximum,
  minimum: tf.minimum,
  squaredDifference: tf.squaredDifference,
  prelu: tf.prelu,
};
for (const [name, f] of Object.entries(binary)) {
  for (const shape of [[2, 3, 5], [5], [3, 1], []])
    add(
      `${name} with [${shape}]`,
      ({ a, b }) => f(a, b),
      { a: n(2, 3, 5), b: pos(...shape) },
      name === 'prelu' ? ['a'] : ['a', 'b'],
    );
}
const plainBinary: Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor> = {
  floorDiv: tf.floorDiv,
  mod: tf.mod,
  greater: tf.greater,
  greaterEqual: tf.greaterEqual,
  less: tf.less,
  lessEqual: tf.lessEqual,
  equal: tf.equal,
  notEqual: tf.notEqual,
};
for (const [name, f] of Object.entries(plainBinary)) {
  const out: F = ({ a, b }) => tf.cast(f(a, b), 'float32');
  add(`${name} float`, out, { a: n(4, 5), b: pos(5) });
  add(`${name} int`, out, { a: ints([6], [-7, 7, 5, -5, 0, 3]), b: ints([6], [2, 2, 3, 3, 4, 3]) });
}
add(
  'logical',
  ({ a, b }) =>
    tf.cast(tf.logicalOr(tf.logicalAnd(tf.greater(a, 0), tf.less(b, 0)), tf.logicalNot(tf.greater(b, 1))), 'int32'),
  { a: n(9), b: n(9) },
);
add('where', ({ a, b }) => tf.where(tf.greater(a, 0.1), a, tf.mul(b, a)), { a: n(3, 4), b: n(3, 4) }, ['a', 'b']);
add('cast', ({ a }) => tf.cast(tf.cast(tf.mul(a, 3), 'int32'), 'float32'), { a: n(9) });
for (const axis of [undefined, 0, [1, 2], [-1]]) {
  for (const keep of [false, true]) {
    const label = `${axis} keep=${keep}`;
    add(`sum ${label}`, ({ x }) => tf.sum(x, axis, keep), { x: n(2, 3, 4, 5) }, ['x']);
    add(`mean ${label}`, ({ x }) => tf.mean(x, axis, keep), { x: n(2, 3, 4, 5) }, ['x']);
    add(`max ${label}`, ({ x }) => tf.max(x, axis, keep), { x: n(2, 3, 4, 5) }, ['x']);
    add(`min ${label}`, ({ x }) => tf.min(x, axis, keep), { x: n(2, 3, 4, 5) }, ['x']);
    add(`prod ${label}`, ({ x }) => tf.prod(x, axis, keep), { x: pos(2, 1, 2, 2) });
    add(
      `any/all ${label}`,
      ({ x }) => [
        tf.cast(tf.any(tf.greater(x, 1), axis, keep), 'int32'),
        tf.cast(tf.all(tf.greater(x, -1), axis, keep), 'int32'),
      ],
      { x: n(2, 3, 2, 2) },
    );
    // Reductions of a value that lies in NCHW.
    add(`nchw sum ${label}`, ({ x }) => tf.sum(tf.avgPool(four(x), 2, 1, 'same'), axis, keep), { x: n(2, 3, 4, 5) });
  }
}
add('argMax/argMin', ({ x }) => [tf.argMax(x, -1), tf.argMin(x, 0)], { x: n(4, 5) });
add(
  'topk',
  ({ x }) => {
    const r = tf.topk(x, 3);
    return [r.values, r.indices];
  },
  { x: n(4, 7) },
);
add('cumsum', ({ x }) => tf.cumsum(x, 1), { x: n(3, 4) }, ['x']);
add('cumsum exclusive reverse', ({ x }) => tf.cumsum(x, 0, true, true), { x: n(3, 4) });
add('transpose', ({ x }) => tf.transpose(x, [2, 0, 1]), { x: n(2, 3, 4) }, ['x']);
add('concat', ({ a, b }) => tf.concat([a, b], 1), { a: n(2, 3), b: n(2, 4) }, ['a', 'b']);
add('stack/unstack', ({ a, b }) => tf.unstack(tf.stack([a, b], 1), 0), { a: n(2, 3), b: n(2, 3) });
add('split', ({ x }) => tf.split(x, [2, 1, 4], 1), { x: n(3, 7) });
add('slice', ({ x }) => tf.slice(x, [1, 0, 2], [2, -1, 2]), { x: n(4, 3, 5) }, ['x']);
add(
  'stridedSlice',
  ({ x }) => [tf.stridedSlice(x, [0, 4], [4, 0], [2, -2]), tf.stridedSlice(x, [1, 0], [2, 3], [1, 1], 0, 0, 0, 0, 1)],
  { x: n(4, 5) },
);
add('reverse', ({ x }) => tf.reverse(x, [0, 2]), { x: n(2, 3, 4) }, ['x']);
add(
  'pad',
  ({ x }) =>
    tf.pad(
      x,
      [
        [1, 0],
        [2, 3],
      ],
      0.5,
    ),
  { x: n(2, 3) },
  ['x'],
);
add(
  'mirrorPad',
  ({ x }) => [
    tf.mirrorPad(
      x,
      [
        [1, 1],
        [2, 0],
      ],
      'reflect',
    ),
    tf.mirrorPad(
      x,
      [
        [1, 1],
        [2, 0],
      ],
      'symmetric',
    ),
  ],
  { x: n(3, 4) },
);
add('tile', ({ x }) => tf.tile(x, [2, 3]), { x: n(2, 3) }, ['x']);
add('broadcastTo', ({ x }) => tf.broadcastTo(x, [4, 2, 3]), { x: n(2, 1) }, ['x']);
add('gather', ({ x, i }) => tf.gather(x, tf.cast(i, 'int32'), 0), { x: n(5, 3), i: ints([4], [4, 0, 4, 2]) }, ['x']);
add('gather axis 1', ({ x, i }) => tf.gather(x, tf.cast(i, 'int32'), 1), { x: n(2, 5, 3), i: ints([3], [4, 0, 4]) }, [
  'x',
]);
add('oneHot', ({ i }) => tf.oneHot(tf.cast(i, 'int32'), 4, 2, -1), { i: ints([2, 3], [0, 1, 2, 3, 3, 0]) });
add('expandDims/squeeze', ({ x }) => tf.squeeze(tf.expandDims(x, 1), [0]), { x: n(1, 3) }, ['x']);
add(
  'range/fill/linspace',
  ({ x }) => tf.add(tf.mul(x, tf.range(0, 6, 2)), tf.add(tf.fill([3], 2), tf.linspace(0, 1, 3))),
  { x: n(2, 3) },
  ['x'],
);
for (const ta of [false, true])
  for (const tb of [false, true]) {
    for (const batch of [[], [2], [2, 3]]) {
      add(
        `matMul ${ta} ${tb} [${batch}]`,
        ({ a, b }) => tf.matMul(a, b, ta, tb),
        { a: n(...batch, ...(ta ? [4, 3] : [3, 4])), b: n(...batch, ...(tb ? [5, 4] : [4, 5])) },
        ['a', 'b'],
      );
    }
  }
add(
  'fused matMul',
  ({ a, b, c }) => tf.fused.matMul({ a: a as tf.Tensor2D, b: b as tf.Tensor2D, bias: c, activation: 'relu' }),
  { a: n(3, 4), b: n(4, 5), c: n(5) },
  ['a', 'b', 'c'],
);
add('einsum', ({ a, b }) => tf.einsum('ij,jk->ik', a, b), { a: n(3, 4), b: n(4, 5) });
for (const pad of ['same', 'valid', 1] as const)
  for (const stride of [1, 2] as const)
    for (const k of [1, 3, 2]) {
      if (pad === 1 && k === 1) continue;
      const label = `k${k} s${stride} ${pad}`;
      add(
        `conv2d ${label}`,
        ({ x, w }) => tf.conv2d(four(x), four(w), stride, pad),
        { x: n(2, 7, 6, 3), w: n(k, k, 3, 4) },
        ['x', 'w'],
      );
      add(
        `depthwise ${label}`,
        ({ x, w }) => tf.depthwiseConv2d(four(x), four(w), stride, pad),
        { x: n(2, 7, 6, 3), w: n(k, k, 3, 2) },
        ['x', 'w'],
      );
      if (k === 1) continue;
      add(`maxPool ${label}`, ({ x }) => tf.maxPool(four(x), k, stride, pad), { x: n(2, 7, 6, 3) }, ['x']);
      // cpu's gradient divides by the full window where padding was not counted: compared without padding only.
      add(
        `avgPool ${label}`,
        ({ x }) => tf.avgPool(four(x), k, stride, pad),
        { x: n(2, 7, 6, 3) },
        pad === 'valid' ? ['x'] : undefined,
      );
    }
add('conv2d dilated', ({ x, w }) => tf.conv2d(four(x), four(w), 1, 'same', 'NHWC', 2), {
  x: n(1, 7, 6, 3),
  w: n(3, 3, 3, 4),
});
add(
  'conv2dTranspose',
  ({ x, w }) => tf.conv2dTranspose(four(x), four(w), [2, 7, 6, 4], 2, 'same'),
  { x: n(2, 4, 3, 3), w: n(3, 3, 4, 3) },
  ['x', 'w'],
);
add(
  'fused conv2d',
  ({ x, w, b }) =>
    tf.fused.conv2d({ x: four(x), filter: four(w), strides: 1, pad: 'same', bias: b, activation: 'relu6' }),
  { x: n(2, 5, 4, 3), w: n(3, 3, 3, 4), b: n(4) },
  ['x', 'w', 'b'],
);
add(
  'fused depthwise',
  ({ x, w, b }) =>
    tf.fused.depthwiseConv2d({ x: four(x), filter: four(w), strides: 1, pad: 'same', bias: b, activation: 'relu' }),
  { x: n(2, 5, 4, 3), w: n(3, 3, 3, 1), b: n(3) },
  ['x', 'w', 'b'],
);
add(
  'batchNorm',
  ({ x, m, v, o, s }) =>
    tf.batchNorm(four(x), m as tf.Tensor1D, v as tf.Tensor1D, o as tf.Tensor1D, s as tf.Tensor1D, 1e-3),
  { x: n(2, 3, 4, 5), m: n(5), v: pos(5), o: n(5), s: n(5) },
  ['x', 'm', 'v', 'o', 's'],
);
// One square image: cpu's resize gradients mix up height and width, and the offsets of later images.
for (const [h, w] of [
  [6, 8],
  [2, 3],
  [5, 4],
])
  for (const align of [false, true]) {
    add(
      `bilinear ${h}x${w} ${align}`,
      ({ x }) => tf.image.resizeBilinear(four(x), [h, w], align),
      { x: n(1, 4, 4, 2) },
      ['x'],
    );
    add(
      `nearest ${h}x${w} ${align}`,
      ({ x }) => tf.image.resizeNearestNeighbor(four(x), [h, w], align),
      { x: n(1, 4, 4, 2) },
      ['x'],
    );
  }
// Rank-4 chains after a convolution stay in NCHW: every kind of consumer must see the right order.
const chain = (t: tf.Tensor): tf.Tensor4D => tf.maxPool(four(t), 2, 1, 'same');
const chains: Record<string, (h: tf.Tensor4D) => tf.Tensor> = {
  'bias [w,c]': (h) => tf.add(h, tf.reshape(tf.range(0, 12), [4, 3])),
  'bias [h,1,1]': (h) => tf.mul(h, tf.reshape(tf.range(0, 3), [3, 1, 1])),
  'se gate': (h) => tf.mul(h, tf.sigmoid(tf.mean(h, [1, 2], true))),
  'concat 3': (h) => tf.concat([h, tf.square(h)], 3),
  'concat 1': (h) => tf.concat([h, tf.square(h)], 1),
  slice: (h) => tf.slice(h, [0, 1, 0, 1], [-1, 2, -1, 2]),
  split: (h) => tf.split(h, 3, 3)[1],
  pad: (h) =>
    tf.pad(h, [
      [0, 0],
      [1, 2],
      [0, 1],
      [2, 0],
    ]),
  flatten: (h) => tf.reshape(h, [2, -1]),
  transpose: (h) => tf.transpose(h, [0, 3, 1, 2]),
  back: (h) => tf.transpose(tf.transpose(h, [0, 3, 1, 2]), [0, 2, 3, 1]),
  softmax: (h) => tf.softmax(h),
  'sum 1': (h) => tf.sum(h, 1),
  'sum 3': (h) => tf.sum(h, 3),
  where: (h) => tf.where(tf.greater(h, 0), h, tf.mul(h, 2)),
  tile: (h) => tf.tile(h, [1, 2, 1, 1]),
  reverse: (h) => tf.reverse(h, 2),
};
for (const [name, f] of Object.entries(chains))
  add(`after a pool: ${name}`, ({ x }) => f(chain(x)), { x: n(2, 3, 4, 3) }, name === 'reverse' ? undefined : ['x']);

const listed = (t: tf.Tensor | tf.Tensor[]): tf.Tensor[] => (Array.isArray(t) ? t : [t]);
const weighted = (ts: tf.Tensor[]): tf.Scalar =>
  tf.addN(ts.map((t) => tf.sum(tf.mul(t, tf.reshape(tf.cos(tf.range(1, t.size + 1)), t.shape))))) as tf.Scalar;

it.each(cases.map((c) => [c.name, c] as const))('%s', async (_name, { f, feeds, grad }) => {
  const step = (_s: Tensors, x: Tensors) => {
    const outputs: Tensors = Object.fromEntries(listed(f(x)).map((t, i) => [`y${i}`, t]));
    if (grad !== undefined) {
      const g = tf.grads((...list: tf.Tensor[]) =>
        weighted(listed(f({ ...x, ...Object.fromEntries(grad.map((k, i) => [k, list[i]])) }))),
      );
      g(grad.map((k) => x[k])).forEach((t, i) => (outputs[`d${grad[i]}`] = t));
    }
    return { outputs };
  };
  const expected = await runOnCpu(step, {}, feeds);
  const actual = await runOnEngine(engine, step, {}, feeds);
  for (const [key, value] of Object.entries(expected.outputs)) {
    expect(difference(actual.outputs[key], value), key).toBeLessThan(2e-5);
  }
});
