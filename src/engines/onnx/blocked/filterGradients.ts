import type { TraceValue } from '../ir.js';
import type { Emitter, LowerCall } from '../kernels/types.js';
import type { Windows } from '../kernels/windows.js';
import { canGroupSamples, pointProducts, samplesTogether, tapProducts } from './tapProducts.js';

/**
 * dL/dW [kh, kw, c, 1] of a depthwise convolution: each channel of each sample is a plane of x that is convolved with its
 * plane of dy; then the samples are added.
 */
export function blockedDepthwiseFilterGradient(c: LowerCall, w: Windows): string | undefined {
  const { graph: g, to } = c;
  const [x, dy] = [c.in('x'), c.in('dy')];
  const [kh, kw, ci, multiplier] = c.out.shape;
  if (multiplier !== 1 || !to.canBlock(x) || !to.canBlock(dy)) return undefined;
  const [n, h, wd] = x.shape;
  const channels = to.wholeBlocks(ci);
  const size = to.blockSize();
  const after = (a: Windows['h']) => (a.kernel - 1) * a.dilation + (a.out - 1) * a.stride + 1 - a.size - a.before;
  const [bottom, right] = [after(w.h), after(w.w)];
  if (Math.min(bottom, right) < 0) return undefined;
  const all = n * channels;
  const framed = w.w.stride === 1 && w.w.kernel >= wideKernel;
  const rows = framed
    ? inFrame(c, to.blocked(x), [all / size, h, wd * size], [w.w.before * size, right * size])
    : to.blocked(x);
  const planes = to.reshape(rows, [1, all, h, wd + (framed ? w.w.before + right : 0)]);
  const filters = to.reshape(to.blocked(dy), [all, 1, w.h.out, w.w.out]);
  const bySample = g.blocked('Conv', [planes, filters], {
    kernel_shape: [w.h.out, w.w.out],
    pads: framed ? [w.h.before, 0, bottom, 0] : [w.h.before, w.w.before, bottom, right],
    strides: [w.h.dilation, w.w.dilation],
    dilations: [w.h.stride, w.w.stride],
    group: all,
  });
  const sums = g.op('ReduceSum', [to.reshape(bySample, [n, channels * kh * kw]), g.ints([0])], { keepdims: 0 });
  const blocks = to.reshape(sums, [channels / size, kh * kw, size]);
  const taps = to.reshape(g.op('Transpose', [blocks], { perm: [1, 0, 2] }), [kh * kw, channels]);
  const own = channels === ci ? taps : g.op('Slice', [taps, g.ints([0]), g.ints([ci]), g.ints([1])]);
  return to.reshape(own, [kh, kw, ci, 1]);
}

/**
 * The operator computes results that reach into its own padding one by one, and waits for each addition. From so many columns of taps on,
 * most of which do, it is faster over planes that have their zeros in memory.
 */
const wideKernel = 5;

/** Rows with zeros before and after them. */
function inFrame(
  { graph: g, to }: Emitter,
  name: string,
  shape: readonly number[],
  [before, after]: readonly number[],
): string {
  return before + after === 0
    ? name
    : g.op('Pad', [to.reshape(name, shape), g.ints([0, 0, before, 0, 0, after]), g.scalar(0)]);
}

/** dL/dW [kh, kw, ci, co] from products of each tap: where x is no reordering away, or dy's planes are no whole blocks. */
export function blockedTapFilterGradient(c: LowerCall, w: Windows): string | undefined {
  const [x, dy] = [c.in('x'), c.in('dy')];
  const oneTap = w.h.kernel * w.w.kernel === 1;
  if (oneTap && w.h.stride * w.w.stride === 1) {
    const product = blockedPointProduct(c, x, dy);
    return product && c.to.reshape(product, c.out.shape);
  }
  if (w.h.dilation * w.w.dilation > 1 || !canGroupSamples(c, dy.shape) || !c.to.canBlock(dy)) return undefined;
  return tapProducts(c, x, dy, w.h, w.w);
}

/** x^T dy [ci, co] over all positions of all samples. */
export function blockedPointProduct(c: Emitter, x: TraceValue, dy: TraceValue): string | undefined {
  if (!c.to.canBlock(x) || !c.to.canBlock(dy)) return undefined;
  const together = samplesTogether(c, x, dy);
  return together === undefined ? productOfPositions(c, x, dy) : pointProducts(c, x, dy, together);
}

/**
 * The same for any number of samples: of each, the operand of fewer channels is brought to blocks of positions, so that positions are
 * what the other operand, as it lies, is a filter over; then the samples are added.
 */
function productOfPositions(c: Emitter, x: TraceValue, dy: TraceValue): string | undefined {
  const { graph: g, to } = c;
  const [n, h, wd, ci] = x.shape;
  const co = dy.shape[3];
  const positions = h * wd;
  if (positions % to.blockSize() !== 0) return undefined;
  const [few, many] = ci <= co ? [x, dy] : [dy, x];
  const [fewer, more] = [few.shape[3], to.wholeBlocks(many.shape[3])];
  const size = to.blockSize();
  const turned = g.blocked('ReorderInput', [to.reshape(to.nchw(few), [n, 1, fewer, positions])], { channels_last: 1 });
  const bySample = g.blocked(
    'Conv',
    [to.reshape(turned, [1, n * positions, 1, fewer]), to.reshape(to.blocked(many), [n * more, positions, 1, 1])],
    { kernel_shape: [1, 1], group: n },
  );
  const sums = g.op('ReduceSum', [to.reshape(bySample, [n, more * fewer]), g.ints([0])], { keepdims: 0 });
  // [more / b, fewer, b]
  const blocks = to.reshape(sums, [more / size, fewer, size]);
  const perm = few === x ? [1, 0, 2] : [0, 2, 1];
  const rows = to.reshape(g.op('Transpose', [blocks], { perm }), few === x ? [fewer, more] : [more, fewer]);
  const axis = few === x ? 1 : 0;
  const own =
    more === many.shape[3] ? rows : g.op('Slice', [rows, g.ints([0]), g.ints([many.shape[3]]), g.ints([axis])]);
  return own;
}

/**
 * dL/dW [kh, kw, ci, co], a column of taps at a time: the positions of a row of dy, where they are whole blocks, are the input
 * channels of a convolution over the rows of x, whose filter is dy as it lies (rows of several blocks have these moved
 * forward); samples are groups, whose results are added.
 */
export function blockedRowsFilterGradient(c: LowerCall, w: Windows): string | undefined {
  const { graph: g, to } = c;
  const [x, dy] = [c.in('x'), c.in('dy')];
  const [kh, kw, ci, co] = c.out.shape;
  if (!to.canBlock(x) || !to.canBlock(dy)) return undefined;
  const size = to.blockSize();
  const { h, w: v } = w;
  if (h.stride * v.stride * h.dilation * v.dilation > 1 || v.out % size !== 0 || h.out > longestColumn)
    return undefined;
  const after = (a: Windows['h']) => a.kernel + a.out - 1 - a.size - a.before;
  if (Math.min(after(h), after(v)) < 0) return undefined;
  const [n] = x.shape;
  const channels = to.wholeBlocks(co);
  const blocks = v.out / size;
  const rows = to.reshape(to.blocked(dy), [(n * channels) / size, h.out, blocks, size * size]);
  const moved = blocks === 1 ? rows : g.op('Transpose', [rows], { perm: [0, 2, 1, 3] });
  const filter = to.reshape(moved, [n * channels, v.out, 1, h.out]);
  const height = h.out + kh - 1;
  const pads = g.ints([0, 0, h.before, v.before, 0, 0, after(h), after(v)]);
  const whole =
    h.before + v.before + after(h) + after(v) === 0 ? to.nchw(x) : g.op('Pad', [to.nchw(x), pads, g.scalar(0)]);
  const columns = Array.from({ length: kw }, (_, j) => {
    const part = g.op('Slice', [whole, g.ints([j]), g.ints([j + v.out]), g.ints([3])]);
    const positions = g.blocked('ReorderInput', [to.reshape(part, [n, ci, height, v.out])], { channels_last: 1 });
    const bySample = g.blocked('Conv', [to.reshape(positions, [1, n * v.out, ci, height]), filter], {
      kernel_shape: [1, h.out],
      group: n,
    });
    return g.op('ReduceSum', [to.reshape(bySample, [n, channels * ci * kh]), g.ints([0])], { keepdims: 0 });
  });
  // [kw, co / b, ci, kh, b]
  const joined = to.reshape(g.op('Concat', columns, { axis: 0 }), [kw, channels / size, ci, kh, size]);
  const own = to.reshape(g.op('Transpose', [joined], { perm: [3, 0, 2, 1, 4] }), [kh, kw, ci, channels]);
  return channels === co ? own : g.op('Slice', [own, g.ints([0]), g.ints([co]), g.ints([3])]);
}

/** Rows of dy that are added up in one go. */
const longestColumn = 128;
