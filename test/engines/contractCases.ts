import type { Tensors } from '../../src/engines/Engine.js';
import * as tf from '../../src/engines/tf.js';
import { awayFromZero, distinct, floats, ints, normal, positive, type Input } from './contractInputs.js';
import { spreadConvolutions } from './contractConvolutions.js';
import { texts } from './contractTexts.js';

/** One function of tensors that every engine must compute like the reference: its value, and its gradient by all float inputs. */
export interface ContractCase {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Input>>;
  readonly f: (inputs: Tensors) => tf.Tensor;
  /** Forward only: the function has no gradient in tfjs. */
  readonly forwardOnly: boolean;
}

type F = ContractCase['f'];
const both = (name: string, inputs: Record<string, Input>, f: F): ContractCase => ({
  name,
  inputs,
  f,
  forwardOnly: false,
});
const forward = (name: string, inputs: Record<string, Input>, f: F): ContractCase => ({
  name,
  inputs,
  f,
  forwardOnly: true,
});
/** A function of one tensor. */
const unary = (name: string, x: Input, f: (x: tf.Tensor) => tf.Tensor): ContractCase =>
  both(name, { x }, ({ x }) => f(x));

const t4 = (x: tf.Tensor) => x as tf.Tensor4D;
const image = normal(2, 7, 6, 3);
type Pad = Parameters<typeof tf.conv2d>[3];
const conv = (name: string, filter: number[], strides: number | [number, number], pad: Pad, x: Input = image) =>
  both(`conv2d ${name}`, { x, w: normal(...filter) }, ({ x, w }) => tf.conv2d(t4(x), t4(w), strides, pad));
const depthwise = (
  name: string,
  filter: number[],
  strides: number | [number, number],
  pad: 'same' | 'valid' | number,
  x: Input = image,
) =>
  both(`depthwiseConv2d ${name}`, { x, w: normal(...filter) }, ({ x, w }) =>
    tf.depthwiseConv2d(t4(x), t4(w), strides, pad),
  );

const elementwise: ContractCase[] = [
  both('add, broadcast', { a: normal(2, 3, 4), b: normal(3, 1) }, ({ a, b }) => tf.add(a, b)),
  both('sub, broadcast', { a: normal(4), b: normal(2, 3, 4) }, ({ a, b }) => tf.sub(a, b)),
  both('mul, broadcast', { a: normal(2, 1, 4), b: normal(3, 1) }, ({ a, b }) => tf.mul(a, b)),
  both('mul by a scalar', { a: normal(2, 3), b: normal() }, ({ a, b }) => tf.mul(a, b)),
  both('div, broadcast', { a: normal(2, 3), b: positive(3) }, ({ a, b }) => tf.div(a, b)),
  both('addN', { a: normal(2, 3), b: normal(2, 3), c: normal(2, 3) }, ({ a, b, c }) => tf.addN([a, b, c])),
  both('maximum', { a: distinct(3, 4), b: floats([4], [0, 0.3, -0.2, 1]) }, ({ a, b }) => tf.maximum(a, b)),
  both('minimum', { a: distinct(3, 4), b: floats([4], [0, 0.3, -0.2, 1]) }, ({ a, b }) => tf.minimum(a, b)),
  both('pow', { a: positive(2, 3), b: normal(3) }, ({ a, b }) => tf.pow(a, b)),
  both('squaredDifference', { a: normal(2, 3), b: normal(3) }, ({ a, b }) => tf.squaredDifference(a, b)),
  unary('sqrt', positive(5), tf.sqrt),
  unary('rsqrt', positive(5), tf.rsqrt),
  unary('square', normal(5), tf.square),
  unary('exp', normal(5), tf.exp),
  unary('log', positive(5), tf.log),
  unary('log1p', positive(5), tf.log1p),
  unary('expm1', normal(5), tf.expm1),
  unary('abs', awayFromZero(5), tf.abs),
  unary('neg', normal(5), tf.neg),
  unary('reciprocal', positive(5), tf.reciprocal),
  unary('sign', awayFromZero(5), tf.sign),
  forward('sign of zero', { x: floats([3], [0, -2, 2]) }, ({ x }) => tf.sign(x)),
  unary('step', awayFromZero(5), (x) => tf.step(x)),
  unary('step with slope', awayFromZero(5), (x) => tf.step(x, 0.3)),
  unary('floor', floats([4], [1.5, -1.5, 0.2, -0.2]), tf.floor),
  unary('clipByValue', awayFromZero(9), (x) => tf.clipByValue(x, -0.9, 1.1)),
  unary('sin', normal(5), tf.sin),
  unary('cos', normal(5), tf.cos),
];

const activations: ContractCase[] = [
  unary('sigmoid', normal(7), tf.sigmoid),
  unary('tanh', normal(7), tf.tanh),
  unary('relu', awayFromZero(2, 5), tf.relu),
  unary('relu6', floats([5], [-1, 0.5, 3, 5.5, 7]), tf.relu6),
  unary('elu', awayFromZero(7), tf.elu),
  unary('selu', awayFromZero(7), tf.selu),
  unary('leakyRelu', awayFromZero(7), (x) => tf.leakyRelu(x, 0.1)),
  both('prelu', { x: awayFromZero(4, 3), alpha: positive(3) }, ({ x, alpha }) => tf.prelu(x, alpha)),
  unary('softplus', normal(7), tf.softplus),
  unary('erf', normal(7), tf.erf),
  unary('gelu', normal(7), (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1))),
  unary('hard swish', floats([5], [-4, -1, 0.5, 2, 4]), (x) => tf.mul(x, tf.div(tf.relu6(tf.add(x, 3)), 6))),
  unary('swish', normal(7), (x) => tf.mul(x, tf.sigmoid(x))),
  unary('softmax', normal(3, 5), (x) => tf.softmax(x)),
  unary('softmax rank 4', normal(2, 2, 3, 3), (x) => tf.softmax(x)),
  unary('logSoftmax', normal(3, 5), (x) => tf.logSoftmax(x)),
  unary('logSumExp', normal(3, 5), (x) => tf.logSumExp(x, 1)),
];

const logic: ContractCase[] = [
  ...(['equal', 'notEqual', 'greater', 'greaterEqual', 'less', 'lessEqual'] as const).map((op) =>
    forward(op, { a: floats([2, 3], [1, 2, 3, 4, 5, 6]), b: floats([3], [1, 5, 3]) }, ({ a, b }) =>
      tf.cast(tf[op](a, b), 'float32'),
    ),
  ),
  forward('logicalAnd / Or / Not', { a: normal(8), b: normal(8) }, ({ a, b }) => {
    const [p, q] = [tf.greater(a, 0), tf.greater(b, 0)];
    return tf.cast(tf.logicalOr(tf.logicalAnd(p, tf.logicalNot(q)), tf.logicalAnd(tf.logicalNot(p), q)), 'int32');
  }),
  both('where', { a: normal(2, 3), b: normal(2, 3), c: awayFromZero(2, 3) }, ({ a, b, c }) =>
    tf.where(tf.greater(c, 0), a, b),
  ),
  both('where with a mask from integers', { a: normal(3), i: ints([3], [0, 2, 0]) }, ({ a, i }) =>
    tf.where(tf.equal(i, 0), a, tf.zerosLike(a)),
  ),
  both('cast int32 to float32', { a: normal(3), i: ints([3], [1, 2, 3]) }, ({ a, i }) =>
    tf.mul(a, tf.cast(i, 'float32')),
  ),
  forward('cast float32 to int32', { x: floats([4], [1.7, -1.7, 0.2, 3]) }, ({ x }) => tf.cast(x, 'int32')),
];

const layout: ContractCase[] = [
  unary('reshape', normal(2, 6), (x) => tf.reshape(x, [3, 4])),
  unary('expandDims and squeeze', normal(2, 1, 3), (x) => tf.expandDims(tf.squeeze(x, [1]), 0)),
  unary('transpose', normal(2, 3), (x) => tf.transpose(x)),
  unary('transpose rank 4', normal(2, 3, 4, 2), (x) => tf.transpose(x, [0, 2, 1, 3])),
  unary('transpose rank 5', normal(2, 3, 2, 2, 2), (x) => tf.transpose(x, [2, 0, 3, 1, 4])),
  both('concat', { a: normal(2, 3), b: normal(2, 1) }, ({ a, b }) => tf.concat([a, b], 1)),
  both('concat channels', { a: normal(1, 2, 2, 3), b: normal(1, 2, 2, 2) }, ({ a, b }) => tf.concat([a, b], 3)),
  unary('slice', normal(4, 5), (x) => tf.slice(x, [1, 2], [2, 3])),
  unary('slice to the end', normal(4, 5), (x) => tf.slice(x, [1, 0], [-1, 2])),
  forward('stridedSlice', { x: normal(5, 6) }, ({ x }) => tf.stridedSlice(x, [0, 1], [5, 6], [2, 2])),
  both('stack', { a: normal(2, 3), b: normal(2, 3) }, ({ a, b }) => tf.stack([a, b], 1)),
  unary('unstack', normal(2, 3, 2), (x) => tf.sub(...(tf.unstack(x, 1).slice(0, 2) as [tf.Tensor, tf.Tensor]))),
  unary('split', normal(2, 6), (x) => tf.mul(...(tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor]))),
  unary('split uneven', normal(5), (x) => tf.concat(tf.split(x, [2, 3]).toReversed())),
  unary('pad', normal(2, 3), (x) => tf.pad(x, [[1, 0], [2, 1]])), // prettier-ignore
  unary('pad rank 4', normal(1, 2, 3, 2), (x) => tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]])), // prettier-ignore
  unary('pad with a value', normal(2, 3), (x) => tf.pad(x, [[1, 0], [0, 1]], 7)), // prettier-ignore
  unary('tile', normal(2, 3), (x) => tf.tile(x, [2, 3])),
  unary('broadcastTo', normal(2, 1, 3), (x) => tf.broadcastTo(x, [2, 4, 3])),
  unary('reverse', normal(2, 3, 2), (x) => tf.reverse(x, [1])),
  both('gather rows', { x: normal(4, 3), i: ints([3], [2, 0, 2]) }, ({ x, i }) => tf.gather(x, i as tf.Tensor1D)),
  both('gather along axis 1', { x: normal(2, 4, 3), i: ints([2], [3, 1]) }, ({ x, i }) =>
    tf.gather(x, i as tf.Tensor1D, 1),
  ),
  both('unsortedSegmentSum', { x: normal(4, 3), i: ints([4], [2, 0, 2, 1]) }, ({ x, i }) =>
    tf.unsortedSegmentSum(x, i as tf.Tensor1D, 4),
  ),
  forward('oneHot', { i: ints([4], [0, 2, 1, 2]) }, ({ i }) => tf.oneHot(i as tf.Tensor1D, 3)),
  both('oneHot as a mask', { x: normal(3, 4), i: ints([3], [1, 0, 3]) }, ({ x, i }) =>
    tf.sum(tf.mul(x, tf.oneHot(i as tf.Tensor1D, 4)), 1),
  ),
  both('fill, range, zerosLike, onesLike', { x: normal(4) }, ({ x }) =>
    tf.addN([tf.mul(x, tf.range(0, 4)), tf.fill([4], 2), tf.zerosLike(x), tf.mul(tf.onesLike(x), x)]),
  ),
];

const reductions: ContractCase[] = [
  ...([undefined, 0, 1, -1, [0, 2]] as const).flatMap((axis) => {
    const axes = axis === undefined ? undefined : typeof axis === 'number' ? axis : [...axis];
    return [
      unary(`sum over ${axis}`, normal(2, 3, 4), (x) => tf.sum(x, axes)),
      unary(`mean over ${axis}`, normal(2, 3, 4), (x) => tf.mean(x, axes)),
      unary(`max over ${axis}`, distinct(2, 3, 4), (x) => tf.max(x, axes)),
    ];
  }),
  unary('mean over the first axis, dims kept', normal(3, 2, 4), (x) => tf.mean(x, 0, true)),
  unary('sum over the first two axes', normal(3, 2, 4), (x) => tf.sum(x, [1, 0])),
  forward('prod', { x: positive(2, 3) }, ({ x }) => tf.prod(x, 1)),
  forward('sum of integers', { i: ints([2, 2], [1, 2, 3, 4]) }, ({ i }) => tf.sum(i, 0)),
  unary('sum, dims kept', normal(2, 3, 4), (x) => tf.sum(x, [1], true)),
  unary('mean over batch and positions', normal(2, 3, 2, 4), (x) => tf.mean(x, [0, 1, 2])),
  unary('global average pooling', normal(2, 3, 2, 4), (x) => tf.mean(x, [1, 2])),
  unary('min', distinct(2, 3), (x) => tf.min(x, 1)),
  unary('norm', normal(2, 3), (x) => tf.norm(x, 2, 1)),
  forward('argMax', { x: distinct(3, 5) }, ({ x }) => tf.argMax(x, 1)),
  forward('topk values', { x: distinct(3, 5) }, ({ x }) => tf.topk(x, 2).values),
  forward('topk indices', { x: distinct(3, 5) }, ({ x }) => tf.topk(x, 2).indices),
];

const products: ContractCase[] = [
  ...(
    [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const
  ).flatMap(([ta, tb]) => [
    // prettier-ignore
    both(`matMul ${ta} ${tb}`, { a: ta ? normal(3, 2) : normal(2, 3), b: tb ? normal(4, 3) : normal(3, 4) }, ({ a, b }) => tf.matMul(a, b, ta, tb)),
    both(
      `matMul rank 4 ${ta} ${tb}`,
      { a: ta ? normal(2, 2, 3, 2) : normal(2, 2, 2, 3), b: tb ? normal(2, 2, 4, 3) : normal(2, 2, 3, 4) },
      ({ a, b }) => tf.matMul(a, b, ta, tb),
    ),
  ]),
  both('matMul rank 3', { a: normal(2, 3, 4), b: normal(2, 4, 2) }, ({ a, b }) => tf.matMul(a, b)),
  both('fused matMul with bias', { a: normal(2, 3), b: normal(3, 4), bias: normal(4) }, ({ a, b, bias }) =>
    tf.fused.matMul({ a, b, bias, activation: 'linear' }),
  ),
];

const convolutions: ContractCase[] = [
  conv('3x3 same', [3, 3, 3, 4], 1, 'same'),
  conv('3x3 same, stride 2', [3, 3, 3, 4], 2, 'same'),
  conv('3x3 same, stride 2, even', [3, 3, 3, 4], 2, 'same', normal(2, 8, 8, 3)),
  conv('3x3 valid', [3, 3, 3, 2], 1, 'valid'),
  conv('3x3 valid, stride 2', [3, 3, 3, 2], 2, 'valid'),
  conv('1x1', [1, 1, 3, 4], 1, 'same'),
  conv('1x1, stride 2', [1, 1, 3, 4], 2, 'same'),
  conv('5x5 same, stride 3', [5, 5, 3, 2], 3, 'same'),
  conv('3x2, strides 1 and 2', [3, 2, 3, 2], [1, 2], 'same'),
  conv('padding 1', [3, 3, 3, 2], 1, 1),
  conv('padding wider than the filter', [1, 1, 3, 2], 1, 2),
  conv('patches', [4, 4, 1, 5], 4, 'valid', normal(2, 8, 8, 1)),
  forward('conv2d dilated', { x: image, w: normal(3, 3, 3, 2) }, ({ x, w }) =>
    tf.conv2d(t4(x), t4(w), 1, 'same', 'NHWC', 2),
  ),
  both('conv2dTranspose', { x: normal(1, 3, 3, 2), w: normal(3, 3, 4, 2) }, ({ x, w }) =>
    tf.conv2dTranspose(t4(x), t4(w), [1, 6, 6, 4], 2, 'same'),
  ),
  depthwise('3x3 same', [3, 3, 3, 1], 1, 'same'),
  depthwise('3x3 same, stride 2', [3, 3, 3, 1], 2, 'same'),
  depthwise('5x5 same, stride 2, even', [5, 5, 3, 1], 2, 'same', normal(2, 8, 8, 3)),
  depthwise('3x3 valid, multiplier 2', [3, 3, 3, 2], 1, 'valid'),
  depthwise('3x3 same, stride 2, multiplier 2', [3, 3, 3, 2], 2, 'same'),
  depthwise('7x7 same', [7, 7, 3, 1], 1, 'same'),
  both('separableConv2d', { x: image, d: normal(3, 3, 3, 1), p: normal(1, 1, 3, 4) }, ({ x, d, p }) =>
    tf.separableConv2d(t4(x), t4(d), t4(p), 1, 'same'),
  ),
];

const grid = distinct(1, 6, 5, 2);
const pooling: ContractCase[] = [
  unary('maxPool 2x2', grid, (x) => tf.maxPool(t4(x), 2, 2, 'valid')),
  unary('maxPool 2x2 same', grid, (x) => tf.maxPool(t4(x), 2, 2, 'same')),
  unary('maxPool 3x3 same, stride 2', grid, (x) => tf.maxPool(t4(x), 3, 2, 'same')),
  unary('maxPool 3x3 same, stride 1', grid, (x) => tf.maxPool(t4(x), 3, 1, 'same')),
  unary('avgPool 2x2', normal(1, 6, 4, 2), (x) => tf.avgPool(t4(x), 2, 2, 'valid')),
  unary('avgPool 3x3, stride 1', normal(1, 6, 5, 2), (x) => tf.avgPool(t4(x), 3, 1, 'valid')),
  unary('avgPool 3x3 same, stride 2', normal(1, 6, 5, 2), (x) => tf.avgPool(t4(x), 3, 2, 'same')),
  unary('resizeBilinear up', normal(1, 3, 4, 2), (x) => tf.image.resizeBilinear(t4(x), [6, 8])),
  unary('resizeBilinear down', normal(1, 6, 7, 2), (x) => tf.image.resizeBilinear(t4(x), [3, 3])),
  unary('resizeBilinear, corners aligned', normal(1, 3, 4, 2), (x) => tf.image.resizeBilinear(t4(x), [5, 7], true)),
  ...[
    [6, 8],
    [2, 2],
    [3, 7],
    [5, 3],
  ].map(([height, width]) =>
    unary(`resizeBilinear to ${height}x${width}, half pixel centres`, normal(2, 3, 4, 2), (x) =>
      tf.image.resizeBilinear(t4(x), [height, width], false, true),
    ),
  ),
  unary('resizeNearestNeighbor up', normal(1, 3, 4, 2), (x) => tf.image.resizeNearestNeighbor(t4(x), [6, 8])),
  unary('resizeNearestNeighbor down', normal(1, 6, 8, 2), (x) => tf.image.resizeNearestNeighbor(t4(x), [3, 4])),
];

const norms: ContractCase[] = [
  both(
    'batchNorm with given statistics',
    { x: normal(3, 2, 2, 3), m: normal(3), v: positive(3), o: normal(3), s: normal(3) },
    ({ x, m, v, o, s }) =>
      tf.batchNorm(x, m as tf.Tensor1D, v as tf.Tensor1D, o as tf.Tensor1D, s as tf.Tensor1D, 1e-3),
  ),
  both('batchNorm over the batch', { x: normal(3, 2, 2, 3), o: normal(3), s: normal(3) }, ({ x, o, s }) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    return tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D, o as tf.Tensor1D, s as tf.Tensor1D, 1e-3);
  }),
  both('layerNorm', { x: normal(2, 3, 4), o: normal(4), s: normal(4) }, ({ x, o, s }) => {
    const { mean, variance } = tf.moments(x, -1, true);
    return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), s), o);
  }),
  unary('L2 normalisation', normal(3, 4), (x) => tf.div(x, tf.sqrt(tf.add(tf.sum(tf.square(x), 1, true), 1e-6)))),
];

const losses: ContractCase[] = [
  both('cross entropy', { x: normal(4, 5), i: ints([4], [0, 3, 1, 4]) }, ({ x, i }) =>
    tf.neg(tf.mean(tf.sum(tf.mul(tf.oneHot(i as tf.Tensor1D, 5), tf.logSoftmax(x)), 1))),
  ),
  both('kd, temperature 4', { s: normal(4, 5), t: normal(4, 5) }, ({ s, t }) => {
    const [ls, lt] = [tf.logSoftmax(tf.div(s, 4)), tf.logSoftmax(tf.div(t, 4))];
    return tf.mul(tf.mean(tf.sum(tf.mul(tf.exp(lt), tf.sub(lt, ls)), 1)), 16);
  }),
  both('similarity', { a: normal(3, 4), b: normal(3, 6) }, ({ a, b }) => {
    const gram = (f: tf.Tensor) => {
      const g = tf.matMul(f as tf.Tensor2D, f as tf.Tensor2D, false, true);
      return tf.div(g, tf.norm(g, 2, 1, true));
    };
    return tf.div(tf.sum(tf.square(tf.sub(gram(a), gram(b)))), 9);
  }),
  both('attention', { q: normal(2, 3, 4), k: normal(2, 3, 4), v: normal(2, 3, 4) }, ({ q, k, v }) =>
    tf.matMul(tf.softmax(tf.mul(tf.matMul(q, k, false, true), 0.5)), v),
  ),
];

/** Every case by room of the table; a new one is one line above. */
export const contractCases: ContractCase[] = [
  ...elementwise,
  ...activations,
  ...logic,
  ...layout,
  ...reductions,
  ...products,
  ...convolutions,
  ...spreadConvolutions,
  ...pooling,
  ...norms,
  ...losses,
  ...texts,
];
