import type { TraceValue } from '../ir.js';
import type { LowerCall } from './types.js';
import type { Window, Windows } from './windows.js';

/** Up to this many pairs of positions, a channel's whole plane is one matrix; above, each of its rows is. */
const planePairs = 64 * 64;
/** Fewer samples do not pay for writing down the matrices. */
const fewestSamples = 16;

/**
 * A depthwise convolution as one matrix product a channel, over all samples: onnxruntime's grouped convolution makes a
 * product of one row for each channel of each sample, which on small planes is many times slower.
 * The matrix of a channel is banded: entry (input position, output position) is the filter's weight between the two.
 */
export interface Bands {
  readonly windows: Windows;
  /** True: a channel's matrix maps its whole plane. False: kh matrices map the rows that an output row sees to it. */
  readonly plane: boolean;
  readonly samples: number;
  readonly channels: number;
  /** The filter's taps in one matrix: all of them, or those of one row. */
  readonly taps: number;
  /** Rows and columns of a matrix. */
  readonly from: number;
  readonly to: number;
}

/** The bands of a convolution of `x` (NHWC), or undefined if a grouped convolution is the better choice. */
export function bandsOf(c: LowerCall, w: Windows, x: readonly number[], multiplier: number): Bands | undefined {
  const [samples, height, width, channels] = x;
  // An exported graph (free batch size) keeps the plain operator.
  if (multiplier !== 1 || samples < fewestSamples || c.graph.batch !== undefined) return undefined;
  const plane = height * width * w.h.out * w.w.out <= planePairs;
  const size = plane ? { from: height * width, to: w.h.out * w.w.out } : { from: width, to: w.w.out };
  return { windows: w, plane, samples, channels, taps: plane ? w.h.kernel * w.w.kernel : w.w.kernel, ...size };
}

/** y = x T, in NCHW order. */
export function bandedForward(c: LowerCall, b: Bands, x: TraceValue, filter: TraceValue): string {
  const banded = matrices(c, b, filter);
  const products = patches(c, b, x).map((part, i) => c.graph.op('MatMul', [part, banded[i]]));
  const product = products.reduce((sum, part) => c.graph.op('Add', [sum, part]));
  return samplesFirst(c, b, product, b.windows.h.out, b.windows.w.out);
}

/** dL/dx = dy T^T, in NCHW order. Planes only. */
export function bandedInputGradient(c: LowerCall, b: Bands, dy: TraceValue, filter: TraceValue): string {
  const transposed = c.graph.op('Transpose', [matrices(c, b, filter)[0]], { perm: [0, 2, 1] });
  const product = c.graph.op('MatMul', [outputs(c, b, dy), transposed]);
  return samplesFirst(c, b, product, b.windows.h.size, b.windows.w.size);
}

/** dL/dW [kh, kw, c, 1]: x^T dy is the gradient of the matrices; each weight gathers the entries it stands at. */
export function bandedFilterGradient(c: LowerCall, b: Bands, x: TraceValue, dy: TraceValue): string {
  // As dy^T x: the longer side comes last, where the product is vectorised.
  const transposed = c.graph.op('Transpose', [outputs(c, b, dy)], { perm: [0, 2, 1] });
  const rows = patches(c, b, x).map((part) => {
    const product = c.to.reshape(c.graph.op('MatMul', [transposed, part]), [b.channels, b.to * b.from]);
    return c.graph.op('Gemm', [pattern(c, b, true), product], { transB: 1 });
  });
  const gathered = rows.length === 1 ? rows[0] : c.graph.op('Concat', rows, { axis: 0 });
  return c.to.reshape(gathered, [b.windows.h.kernel, b.windows.w.kernel, b.channels, 1]);
}

/** What each matrix meets: [channels, samples (* output rows), from]. */
function patches(c: LowerCall, b: Bands, x: TraceValue): string[] {
  const g = c.graph;
  const { h } = b.windows;
  if (b.plane) return [channelsFirst(c, c.to.nchw(x), [b.samples, b.channels, b.from])];
  const moved = g.op('Transpose', [c.to.nchw(x)], { perm: [1, 0, 2, 3] });
  const pads = g.ints([0, 0, h.before, 0, 0, 0, h.after, 0]);
  const tall = h.before + h.after === 0 ? moved : g.op('Pad', [moved, pads, g.scalar(0)]);
  return Array.from({ length: h.kernel }, (_, i) => {
    const start = i * h.dilation;
    const end = start + (h.out - 1) * h.stride + 1;
    const part = g.op('Slice', [tall, g.ints([start]), g.ints([end]), g.ints([2]), g.ints([h.stride])]);
    return c.to.reshape(part, [b.channels, b.samples * h.out, b.from]);
  });
}

/** [channels, samples (* output rows), to] */
function outputs(c: LowerCall, b: Bands, dy: TraceValue): string {
  const { h, w } = b.windows;
  const moved = channelsFirst(c, c.to.nchw(dy), [b.samples, b.channels, h.out * w.out]);
  return b.plane ? moved : c.to.reshape(moved, [b.channels, b.samples * h.out, b.to]);
}

function channelsFirst(c: LowerCall, nchw: string, shape: readonly number[]): string {
  return c.graph.op('Transpose', [c.to.reshape(nchw, shape)], { perm: [1, 0, 2] });
}

function samplesFirst(c: LowerCall, b: Bands, product: string, height: number, width: number): string {
  const whole = c.to.reshape(product, [b.channels, b.samples, height * width]);
  const moved = c.graph.op('Transpose', [whole], { perm: [1, 0, 2] });
  return c.to.reshape(moved, [b.samples, b.channels, height, width]);
}

/** Each [channels, from, to]. */
function matrices(c: LowerCall, b: Bands, filter: TraceValue): string[] {
  const g = c.graph;
  const all = b.windows.h.kernel * b.windows.w.kernel;
  const weights = c.to.reshape(c.to.get(filter), [all, b.channels]);
  return Array.from({ length: all / b.taps }, (_, i) => {
    const ends = [g.ints([i * b.taps]), g.ints([(i + 1) * b.taps])];
    const own = b.taps === all ? weights : g.op('Slice', [weights, ...ends, g.ints([0])]);
    return c.to.reshape(g.op('Gemm', [own, pattern(c, b)], { transA: 1 }), [b.channels, b.from, b.to]);
  });
}

/** [taps, from * to] or, transposed, [taps, to * from]: 1 where a weight stands in the matrix. */
function pattern(c: LowerCall, b: Bands, transposed = false): string {
  const { h, w } = b.windows;
  const values = new Float32Array(b.taps * b.from * b.to);
  const mark = (tap: number, from: number, to: number): void => {
    values[tap * b.from * b.to + (transposed ? to * b.from + from : from * b.to + to)] = 1;
  };
  for (let j = 0; j < w.kernel; j++) {
    for (const [x, y] of met(w, j)) {
      // All rows of the filter make the same matrix of different weights.
      if (!b.plane) mark(j, x, y);
      else {
        for (let i = 0; i < h.kernel; i++) {
          for (const [row, out] of met(h, i)) mark(i * w.kernel + j, row * w.size + x, out * w.out + y);
        }
      }
    }
  }
  return c.graph.constant('float32', [b.taps, b.from * b.to], values);
}

/** Pairs of input and output positions between which tap `k` of a window stands. */
function met(w: Window, k: number): [number, number][] {
  const pairs = Array.from({ length: w.out }, (_, y): [number, number] => [
    y * w.stride + k * w.dilation - w.before,
    y,
  ]);
  return pairs.filter(([x]) => x >= 0 && x < w.size);
}
