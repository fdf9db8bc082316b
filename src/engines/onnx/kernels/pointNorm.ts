import { blockedAffine, everywhere, meansByChannel } from '../blocked/channelwise.js';
import { backwardFilter, denseFilter } from '../blocked/filters.js';
import { blockedPointProduct } from '../blocked/filterGradients.js';
import { blockedFunction } from '../blocked/fusedFunction.js';
import { createValue, sizeOf, type TraceValue } from '../ir.js';
import { rates } from './batchNorm.js';
import type { KernelTable, LowerCall } from './types.js';

/**
 * A convolution over single points and the batch norm (in training) of its result z = x W, whose statistics follow from x:
 * with x centred, mean(z) = mean(x) W and var(z)_c = w_c^T x^T x w_c / P over all P points. So z is not written down, but the
 * normalised values at once, as the convolution with a scaled filter; and where dz = s (dy - mean(dy) - z u) was needed, with
 * s = gamma * rate and u = rate * d gamma / P, the gradients follow from x^T dy:
 *
 *     dW = s (x^T dy - x^T x W u),    dx = dy (s W)^T - x W diag(s u) W^T - (s mean(dy)) W^T.
 *
 * Where W widens x, this is a quarter of the passes over the wide tensors. passes/normPoints puts these kernels in.
 */
export const pointNorm = 'PointNorm';
export const pointNormGrad = 'PointNormGrad';

const float = (shape: readonly number[]) => ({ shape, dtype: 'float32' as const });

export const pointNormKernels = {
  // x, filter [1, 1, I, O], gamma, beta -> y (after the activation that passes/fuseActivation put in), mean, biased variance,
  // x centred, x^T x W [I, O].
  [pointNorm]: {
    infer: (c) => {
      const [x, [, , into, out]] = [c.in('x').shape, c.in('filter').shape];
      return [float([...x.slice(0, 3), out]), float([out]), float([out]), float(x), float([into, out])];
    },
    lower: forward,
  },
  // dy, x centred, filter, gamma, variance, x^T x W -> dx, d filter, d gamma, d beta.
  [pointNormGrad]: {
    infer: (c) => {
      const [x, filter] = [c.in('x').shape, c.in('filter').shape];
      return [float(x), float(filter), float([filter[3]]), float([filter[3]])];
    },
    lower: gradient,
  },
} satisfies KernelTable;

const point = { kernel_shape: [1, 1] };

function forward(c: LowerCall): void {
  const { graph: g, to } = c;
  const [x, filter, gamma, beta] = [c.in('x'), c.in('filter'), c.in('gamma'), c.in('beta')];
  const [y, mean, variance, centred, weighted] = c.outs;
  const [, , into, out] = filter.shape;
  const weights = to.reshape(to.get(filter), [into, out]);
  const blocks = to.blocked(x);
  const average = meansByChannel(c, x.shape, blocks);
  const whole = to.wholeBlocks(into);
  to.setBlocked(centred, blockedAffine(c, blocks, whole, everywhere(c, whole, 1), g.op('Neg', [average])));
  const response = g.op('MatMul', [productOfPoints(c, centred, centred), weights]);
  const squares = sumOfRows(c, g.op('Mul', [weights, response]));
  const spread = g.op('Relu', [g.op('Mul', [squares, g.scalar(1 / pointsOf(x))])]);
  to.set(weighted, response);
  to.set(variance, spread);
  to.set(mean, to.reshape(g.op('MatMul', [to.reshape(to.cut(average, into), [1, into]), weights]), [out]));
  const { scale } = rates(c, spread, to.get(gamma));
  const scaled = filterOf(c, g.op('Mul', [weights, scale]), into, out);
  const operands = [to.blocked(centred), denseFilter(c, scaled), to.padded(beta)];
  const then = blockedFunction(c.attrs.str('activation', 'linear'));
  to.setBlocked(y, g.blocked('Conv', operands, { ...point, ...then }));
}

function gradient(c: LowerCall): void {
  const { graph: g, to } = c;
  const [dy, centred, filter] = [c.in('dy'), c.in('x'), c.in('filter')];
  const [dx, dFilter, dGamma, dBeta] = c.outs;
  const [, , into, out] = filter.shape;
  const points = pointsOf(centred);
  const weights = to.reshape(to.get(filter), [into, out]);
  const above = to.blocked(dy);
  const average = to.cut(meansByChannel(c, dy.shape, above), out);
  const products = productOfPoints(c, centred, dy);
  const { rate, scale } = rates(c, to.get(c.in('variance')), to.get(c.in('gamma')));
  const slope = g.op('Mul', [sumOfRows(c, g.op('Mul', [weights, products])), rate]);
  const pull = g.op('Mul', [g.op('Mul', [slope, rate]), g.scalar(1 / points)]);
  to.set(dGamma, slope);
  to.set(dBeta, g.op('Mul', [average, g.scalar(points)]));
  const own = g.op('Sub', [products, g.op('Mul', [to.get(c.in('weighted')), pull])]);
  to.set(dFilter, to.reshape(g.op('Mul', [own, scale]), filter.shape));
  const scaled = g.op('Mul', [weights, scale]);
  const shares = g.op('Mul', [scaled, g.op('Neg', [pull])]);
  const mixed = g.op('MatMul', [shares, g.op('Transpose', [weights], { perm: [1, 0] })]);
  const plus = g.blocked('Conv', [to.blocked(centred), denseFilter(c, filterOf(c, mixed, into, into))], point);
  const shift = g.op('Neg', [to.reshape(g.op('MatMul', [scaled, to.reshape(average, [out, 1])]), [into])]);
  const more = to.wholeBlocks(into) - into;
  const bias = more === 0 ? shift : g.op('Pad', [shift, g.ints([0, more]), g.scalar(0)]);
  const back = backwardFilter(c, filterOf(c, scaled, into, out));
  to.setBlocked(dx, g.blocked('Conv', [above, back, bias, plus], point));
}

const pointsOf = (x: TraceValue): number => sizeOf(x.shape) / x.shape[3];

/** A matrix [I, O] as a filter. */
function filterOf({ to }: LowerCall, matrix: string, into: number, out: number): TraceValue {
  const value = createValue(float([1, 1, into, out]));
  to.set(value, to.reshape(matrix, value.shape));
  return value;
}

function sumOfRows({ graph: g }: LowerCall, matrix: string): string {
  return g.op('ReduceSum', [matrix, g.ints([0])], { keepdims: 0 });
}

/** a^T b over all points: [A, B] of a [N, H, W, A] and b [N, H, W, B]. */
function productOfPoints(c: LowerCall, a: TraceValue, b: TraceValue): string {
  const { graph: g, to } = c;
  const blocks = blockedPointProduct(c, a, b);
  if (blocks !== undefined) return blocks;
  const planes = (v: TraceValue) => to.reshape(to.nchw(v), [v.shape[0], v.shape[3], v.shape[1] * v.shape[2]]);
  const right = g.op('Transpose', [planes(b)], { perm: [0, 2, 1] });
  return sumOfRows(c, g.op('MatMul', [planes(a), right]));
}
