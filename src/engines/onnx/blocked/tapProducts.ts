import type { TraceValue } from '../ir.js';
import type { Emitter } from '../kernels/types.js';
import type { Windows } from '../kernels/windows.js';

/** Output positions of a filter gradient: the taps of one axis. */
type Taps = Pick<Windows['h'], 'kernel' | 'stride' | 'before' | 'out' | 'size'>;

/** Sums of more positions than this, one after the other, are left to forms that add in parts, for the sake of their accuracy. */
const longestSum = 1024;

/** True if each sample of dy, [N, h, w, C], can be the filter of a channel of one long sample. */
export function canGroupSamples(c: Emitter, [n, h, w]: readonly number[]): boolean {
  return canBeChannels(c, n) && h * w <= longestSum;
}

/** Channels must be fewer than a block or whole blocks. */
function canBeChannels({ to }: Emitter, n: number): boolean {
  return to.block !== undefined && (n < to.block || n % to.block === 0);
}

/**
 * How many samples one product is over, or undefined if they cannot be grouped. One, as they lie, unless products are so much larger than
 * samples that it pays to bring the planes of several together.
 */
export function samplesTogether(c: Emitter, x: TraceValue, dy: TraceValue): number | undefined {
  const [n, h, w] = x.shape;
  const fitting = Array.from({ length: n }, (_, i) => i + 1).filter(
    (s) => n % s === 0 && canBeChannels(c, n / s) && s * h * w <= longestSum,
  );
  const small = Math.min(x.shape[3], dy.shape[3]) > 2 * h * w;
  return small ? fitting[fitting.length - 1] : fitting[0];
}

/**
 * dL/dW [kh, kw, ci, co] of a convolution without dilation: a sample of x, as it lies in NHWC order, is a plane of one channel with ci
 * columns a position, over which the sample of dy, as it lies in blocks, is a filter whose taps are ci columns apart. What it
 * gives for kh rows and kw * ci columns are the products of each tap; then the samples are added. Nothing is moved but x's border.
 */
export function tapProducts(c: Emitter, x: TraceValue, dy: TraceValue, h: Taps, w: Taps): string {
  const { graph: g, to } = c;
  const [n, , , ci] = x.shape;
  const co = dy.shape[3];
  const columns = w.kernel * ci;
  const sums = productSums(c, framed(c, x, h, w), dy, [n, reachOf(h), reachOf(w) * ci], {
    kernel_shape: [h.out, w.out],
    dilations: [h.stride, w.stride * ci],
  });
  // [co / b, kh, kw * ci, b]
  const size = to.blockSize();
  const whole = to.wholeBlocks(co);
  const blocks = to.reshape(sums, [whole / size, h.kernel * columns, size]);
  const rows = to.reshape(g.op('Transpose', [blocks], { perm: [1, 0, 2] }), [h.kernel * columns, whole]);
  const own = whole === co ? rows : g.op('Slice', [rows, g.ints([0]), g.ints([co]), g.ints([1])]);
  return to.reshape(own, [h.kernel, w.kernel, ci, co]);
}

/**
 * x^T dy [ci, co] over all positions of all samples, `together` of which are one plane (see samplesTogether). The operand of fewer channels
 * is the one that is brought to NHWC order.
 */
export function pointProducts(c: Emitter, x: TraceValue, dy: TraceValue, together: number): string {
  const { graph: g, to } = c;
  const [n, h, w, ci] = x.shape;
  const co = dy.shape[3];
  const [few, many] = ci <= co ? [x, dy] : [dy, x];
  const [fewer, more] = [few.shape[3], to.wholeBlocks(many.shape[3])];
  const attrs = { kernel_shape: [together * h, w], dilations: [1, fewer] };
  const sums = productSums(c, to.get(few), many, [n / together, together * h, w * fewer], attrs);
  const size = to.blockSize();
  // [more / b, fewer, b]
  const blocks = to.reshape(sums, [more / size, fewer, size]);
  const perm = few === x ? [1, 0, 2] : [0, 2, 1];
  const rows = to.reshape(g.op('Transpose', [blocks], { perm }), few === x ? [fewer, more] : [more, fewer]);
  const axis = few === x ? 1 : 0;
  const wanted = many.shape[3];
  return more === wanted ? rows : g.op('Slice', [rows, g.ints([0]), g.ints([wanted]), g.ints([axis])]);
}

/** n planes convolved with the filters that `many` is, added up: [C' * rows * columns]. */
function productSums(
  { graph: g, to }: Emitter,
  planes: string,
  many: TraceValue,
  [n, height, width]: readonly number[],
  attrs: { kernel_shape: readonly number[]; dilations: readonly number[] },
): string {
  const more = to.wholeBlocks(many.shape[3]);
  const [samples, h, w] = many.shape;
  const [kh, kw] = attrs.kernel_shape;
  const rows = height - (kh - 1) * attrs.dilations[0];
  const columns = width - (kw - 1) * attrs.dilations[1];
  const size = to.blockSize();
  const sets = to.reshape(to.blocked(many), [n, samples / n, more / size, h * w * size]);
  const filters = samples === n ? sets : g.op('Transpose', [sets], { perm: [0, 2, 1, 3] });
  const operands = [to.reshape(planes, [1, n, height, width]), to.reshape(filters, [n * more, 1, kh, kw])];
  const products = to.reshape(g.blocked('Conv', operands, { ...attrs, group: n }), [n, more * rows * columns]);
  return n === 1 ? to.reshape(products, [-1]) : g.op('ReduceSum', [products, g.ints([0])], { keepdims: 0 });
}

/** How many positions of the framed x all taps meet together. */
const reachOf = (a: Taps): number => (a.out - 1) * a.stride + a.kernel;

/** x in NHWC order with the zeros around it that taps meet, and without what none meets: [n, rows, columns * ci]. */
function framed({ graph: g, to }: Emitter, x: TraceValue, h: Taps, w: Taps): string {
  const [n, height, width, ci] = x.shape;
  const after = [h, w].map((a) => reachOf(a) - a.size - a.before);
  const around = [h.before, w.before, ...after];
  if (around.every((v) => v === 0)) return to.get(x);
  const flat = to.reshape(to.get(x), [n, height, width * ci]);
  return g.op('Pad', [flat, g.ints([0, h.before, w.before * ci, 0, after[0], after[1] * ci]), g.scalar(0)]);
}
