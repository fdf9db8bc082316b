import { blockedAffine, dotsByChannel, meansByChannel } from '../blocked/channelwise.js';
import { blockedFunction } from '../blocked/fusedFunction.js';
import { sizeOf, type TraceValue } from '../ir.js';
import { applyActivation } from './activations.js';
import type { KernelTable, LowerCall } from './types.js';

/** Batch normalisation in training; models/layers/normaliseBatch has the formulas. */
export const normaliseBatch = 'NormaliseBatch';
export const normaliseBatchGrad = 'NormaliseBatchGrad';

const vectors = (channels: number, count: number) =>
  Array.from({ length: count }, () => ({ shape: [channels], dtype: 'float32' as const }));

export const batchNormKernels = {
  // x, gamma, beta -> y (after the activation that passes/fuseActivation or passes/swishInNorm put in), mean, biased variance; the
  // latter also asks for the scale and offset that make y of x.
  [normaliseBatch]: {
    infer: (c) => {
      const { shape } = c.in('x');
      return [{ shape, dtype: 'float32' }, ...vectors(shape[shape.length - 1], 2)];
    },
    lower: (c) => (c.to.canBlock(c.in('x')) && blockedIsNear(c, c.in('x')) ? blockedForward(c) : plainForward(c)),
  },
  // dy, x, gamma, mean, variance -> dx, d gamma, d beta; or, where passes/scaleAfterNorm asks for a fourth output, dx / scale, d gamma,
  // d beta, scale.
  [normaliseBatchGrad]: {
    infer: (c) => {
      const { shape } = c.in('x');
      return [{ shape, dtype: 'float32' }, ...vectors(shape[shape.length - 1], 2)];
    },
    lower: (c) => {
      const [x, dy] = [c.in('x'), c.in('dy')];
      const blocks = c.to.canBlock(x) && c.to.canBlock(dy) && (blockedIsNear(c, x) || blockedIsNear(c, dy));
      return blocks ? blockedGradient(c) : plainGradient(c);
    },
  },
} satisfies KernelTable;

const blockedIsNear = (c: LowerCall, v: TraceValue): boolean => c.to.hasBlocked(v);

const countOf = (x: TraceValue): number => sizeOf(x.shape) / x.shape[x.shape.length - 1];

/** 1 / sqrt(variance + epsilon), gamma times it. */
export function rates(c: LowerCall, variance: string, gamma: string): { rate: string; scale: string } {
  const g = c.graph;
  const shifted = g.op('Add', [variance, g.scalar(c.attrs.num('epsilon'))]);
  const rate = g.op('Reciprocal', [g.op('Sqrt', [shifted])]);
  return { rate, scale: g.op('Mul', [rate, gamma]) };
}

/**
 * The variance is mean(x^2) - mean(x)^2, for which x is read once and nothing is written. That is as exact as x's mean is small
 * beside its deviation: passes/centreBeforeNorm takes the moving mean off x beforehand.
 */
function blockedForward(c: LowerCall): void {
  const { graph: g, to } = c;
  const [x, gamma, beta] = [c.in('x'), c.in('gamma'), c.in('beta')];
  const [y, mean, variance, ...line] = c.outs;
  const blocks = to.blocked(x);
  const perSample = g.scalar(1 / countOf(x));
  const average = meansByChannel(c, x.shape, blocks);
  const squares = g.op('Mul', [dotsByChannel(c, x.shape, blocks, blocks), perSample]);
  const spread = g.op('Relu', [g.op('Sub', [squares, g.op('Mul', [average, average])])]);
  to.setPadded(mean, average);
  to.setPadded(variance, spread);
  const { scale } = rates(c, spread, to.padded(gamma));
  const offset = g.op('Sub', [to.padded(beta), g.op('Mul', [average, scale])]);
  for (const [i, v] of line.entries()) to.setPadded(v, i === 0 ? scale : offset);
  const then = blockedFunction(c.attrs.str('activation', 'linear'));
  to.setBlocked(y, blockedAffine(c, blocks, to.wholeBlocks(x.shape[3]), scale, offset, { then }));
}

/**
 * dx = scale (dy + b x + c) in each channel. Without the scale it is one pass over blocks, which adds to dy where it lies; with it, as
 * a line of x and one of dy, two.
 */
function blockedGradient(c: LowerCall): void {
  const { graph: g, to } = c;
  const [dy, x] = [c.in('dy'), c.in('x')];
  const [dx, dGamma, dBeta, apart] = c.outs;
  const [above, blocks] = [to.blocked(dy), to.blocked(x)];
  const mean = to.padded(c.in('mean'));
  const { rate, scale } = rates(c, to.padded(c.in('variance')), to.padded(c.in('gamma')));
  const count = g.scalar(countOf(x));
  const average = meansByChannel(c, x.shape, above);
  const sum = g.op('Mul', [average, count]);
  const product = dotsByChannel(c, x.shape, above, blocks);
  const slope = g.op('Mul', [g.op('Sub', [product, g.op('Mul', [mean, sum])]), rate]);
  to.setPadded(dBeta, sum);
  to.setPadded(dGamma, slope);
  const channels = to.wholeBlocks(x.shape[3]);
  const ofX = g.op('Mul', [rate, g.op('Mul', [slope, g.scalar(-1 / countOf(x))])]);
  const constant = g.op('Neg', [g.op('Add', [average, g.op('Mul', [ofX, mean])])]);
  if (apart !== undefined) {
    to.setPadded(apart, scale);
    return to.setBlocked(dx, blockedAffine(c, blocks, channels, ofX, constant, { plus: above }));
  }
  const [scaled, start] = [ofX, constant].map((part) => g.op('Mul', [scale, part]));
  const plus = blockedAffine(c, blocks, channels, scaled, start);
  to.setBlocked(dx, blockedAffine(c, above, channels, scale, undefined, { plus }));
}

/** How the plain forms hold x: the tensor, the axes to sum over, and a vector as an operand beside it. */
function held(c: LowerCall, x: TraceValue) {
  const { graph: g, to } = c;
  const nchw = x.shape.length === 4 && to.onlyNchw(x);
  const channels = x.shape[x.shape.length - 1];
  const axes = nchw ? [0, 2, 3] : x.shape.slice(0, -1).map((_, axis) => axis);
  return {
    nchw,
    tensor: (v: TraceValue) => (nchw ? to.nchw(v) : to.get(v)),
    axes: g.ints(axes),
    beside: (vector: string) => (nchw ? to.reshape(vector, [1, channels, 1, 1]) : vector),
    /** name * scale + offset; in NCHW order batch norm with mean 0 and variance 1 is the one operator that does both. */
    line: (name: string, scale: string, offset: string) => {
      if (!nchw) return g.op('Add', [g.op('Mul', [name, scale]), offset]);
      const all = (value: number) => g.constant('float32', [channels], new Float32Array(channels).fill(value));
      return g.op('BatchNormalization', [name, scale, offset, all(0), all(1)], { epsilon: { float: 0 } });
    },
    store: (v: TraceValue, name: string) => (nchw ? to.setNchw(v, name) : to.set(v, name)),
  };
}

function plainForward(c: LowerCall): void {
  const { graph: g, to } = c;
  const x = c.in('x');
  const [y, mean, variance, ...line] = c.outs;
  const at = held(c, x);
  const average = g.op('ReduceMean', [at.tensor(x), at.axes], { keepdims: 0 });
  const centred = g.op('Sub', [at.tensor(x), at.beside(average)]);
  const spread = g.op('ReduceMean', [g.op('Mul', [centred, centred]), at.axes], { keepdims: 0 });
  const { scale } = rates(c, spread, to.get(c.in('gamma')));
  const normal = at.line(centred, scale, to.get(c.in('beta')));
  at.store(y, applyActivation(g, normal, c.attrs.str('activation', 'linear'), 0));
  to.set(mean, average);
  to.set(variance, spread);
  for (const [i, v] of line.entries()) {
    to.set(v, i === 0 ? scale : g.op('Sub', [to.get(c.in('beta')), g.op('Mul', [average, scale])]));
  }
}

function plainGradient(c: LowerCall): void {
  const { graph: g, to } = c;
  const [dy, x] = [c.in('dy'), c.in('x')];
  const [dx, dGamma, dBeta, apart] = c.outs;
  const at = held(c, x);
  const above = at.tensor(dy);
  const centred = g.op('Sub', [at.tensor(x), at.beside(to.get(c.in('mean')))]);
  const { rate, scale } = rates(c, to.get(c.in('variance')), to.get(c.in('gamma')));
  const sum = g.op('ReduceSum', [above, at.axes], { keepdims: 0 });
  const slope = g.op('Mul', [g.op('ReduceSum', [g.op('Mul', [above, centred]), at.axes], { keepdims: 0 }), rate]);
  const share = g.scalar(1 / countOf(x));
  const perSample = apart === undefined ? g.op('Mul', [scale, share]) : share;
  const line = at.line(centred, g.op('Mul', [g.op('Mul', [perSample, rate]), slope]), g.op('Mul', [perSample, sum]));
  at.store(dx, g.op('Sub', [apart === undefined ? g.op('Mul', [above, at.beside(scale)]) : above, line]));
  if (apart !== undefined) to.set(apart, scale);
  to.set(dGamma, slope);
  to.set(dBeta, sum);
}
