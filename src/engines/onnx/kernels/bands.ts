import type { TraceValue } from '../ir.js';
import type { LowerCall } from './types.js';
import type { Window, Windows } from './windows.js';

/** Up to this many pairs of positions, a channel's whole plane is one matrix; above, each of its rows is. */
const planePairs = 49 * 49;
/** Fewer samples do not pay for writing down the matrices. */
const fewestSamples = 16;

/**
 * A depthwise convolution as one matrix product a channel, over all samples: onnxruntime's grouped convolution makes a
 * product of one row for each channel of each sample, which on small planes is many times slower.
 * The matrix of a channel is banded: entry (input position, output position) is the filter's weight between the two.
 */
export interface Bands {
  readonly windows: Windows;
  /** True: the matrices map whole planes. False: they map the kh rows that an output row sees to that row. */
  readonly plane: boolean;
  readonly samples: number;
  readonly channels: number;
  /** Rows and columns of a channel's matrix. */
  readonly from: number;
  readonly to: number;
}

/** The bands of a convolution of `x` (NHWC), or undefined if a grouped convolution is the better choice. */
export function bandsOf(c: LowerCall, w: Windows, x: readonly number[], multiplier: number): Bands | undefined {
  const [samples, height, width, channels] = x;
  // An exported graph (free batch size) keeps the plain operator.
  if (multiplier !== 1 || samples < fewestSamples || c.graph.batch !== undefined) return undefined;
  const plane = height * width * w.h.out * w.w.out <= planePairs;
  const from = plane ? height * width : w.h.kernel * width;
  return { windows: w, plane, samples, channels, from, to: plane ? w.h.out * w.w.out : w.w.out };
}

/** y = x T, in NCHW order. */
export function bandedForward(c: LowerCall, b: Bands, x: TraceValue, filter: TraceValue): string {
  const product = c.graph.op('MatMul', [patches(c, b, x), matrices(c, b, filter)]);
  return samplesFirst(c, b, product, b.windows.h.out, b.windows.w.out);
}

/** dL/dx = dy T^T, in NCHW order. Planes only. */
export function bandedInputGradient(c: LowerCall, b: Bands, dy: TraceValue, filter: TraceValue): string {
  const transposed = c.graph.op('Transpose', [matrices(c, b, filter)], { perm: [0, 2, 1] });
  const product = c.graph.op('MatMul', [outputs(c, b, dy), transposed]);
  return samplesFirst(c, b, product, b.windows.h.size, b.windows.w.size);
}

/** dL/dW [kh, kw, c, 1]: x^T dy is the gradient of the matrices; each weight gathers the entries it stands at. */
export function bandedFilterGradient(c: LowerCall, b: Bands, x: TraceValue, dy: TraceValue): string {
  // As dy^T x: the longer side comes last, where the product is vectorised.
  const transposed = c.graph.op('Transpose', [outputs(c, b, dy)], { perm: [0, 2, 1] });
  const product = c.to.reshape(c.graph.op('MatMul', [transposed, patches(c, b, x)]), [b.channels, b.to * b.from]);
  const gathered = c.graph.op('Gemm', [pattern(c, b, true), product], { transB: 1 });
  return c.to.reshape(gathered, [b.windows.h.kernel, b.windows.w.kernel, b.channels, 1]);
}

/** [channels, samples (* output rows), from] */
function patches(c: LowerCall, b: Bands, x: TraceValue): string {
  const g = c.graph;
  const { h, w } = b.windows;
  if (b.plane) return channelsFirst(c, c.to.nchw(x), [b.samples, b.channels, b.from]);
  const moved = g.op('Transpose', [c.to.nchw(x)], { perm: [1, 0, 2, 3] });
  const pads = g.ints([0, 0, h.before, 0, 0, 0, h.after, 0]);
  const tall = h.before + h.after === 0 ? moved : g.op('Pad', [moved, pads, g.scalar(0)]);
  const rows = Array.from({ length: h.kernel }, (_, i) => {
    const start = i * h.dilation;
    const end = start + (h.out - 1) * h.stride + 1;
    return g.op('Slice', [tall, g.ints([start]), g.ints([end]), g.ints([2]), g.ints([h.stride])]);
  });
  const joined = rows.length === 1 ? rows[0] : g.op('Concat', rows, { axis: 3 });
  return c.to.reshape(joined, [b.channels, b.samples * h.out, h.kernel * w.size]);
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

/** [channels, from, to] */
function matrices(c: LowerCall, b: Bands, filter: TraceValue): string {
  const weights = c.to.reshape(c.to.get(filter), [b.windows.h.kernel * b.windows.w.kernel, b.channels]);
  const entries = c.graph.op('Gemm', [weights, pattern(c, b)], { transA: 1 });
  return c.to.reshape(entries, [b.channels, b.from, b.to]);
}

/** [kh * kw, from * to] or, transposed, [kh * kw, to * from]: 1 where a weight stands in the matrix. */
function pattern(c: LowerCall, b: Bands, transposed = false): string {
  const { h, w } = b.windows;
  const values = new Float32Array(h.kernel * w.kernel * b.from * b.to);
  const mark = (tap: number, from: number, to: number): void => {
    values[tap * b.from * b.to + (transposed ? to * b.from + from : from * b.to + to)] = 1;
  };
  for (let i = 0; i < h.kernel; i++) {
    for (let j = 0; j < w.kernel; j++) {
      const tap = i * w.kernel + j;
      for (const [x, y] of met(w, j)) {
        if (!b.plane) mark(tap, i * w.size + x, y);
        else for (const [row, out] of met(h, i)) mark(tap, row * w.size + x, out * w.out + y);
      }
    }
  }
  return c.graph.constant('float32', [h.kernel * w.kernel, b.from * b.to], values);
}

/** Pairs of input and output positions between which tap `k` of a window stands. */
function met(w: Window, k: number): [number, number][] {
  const pairs = Array.from({ length: w.out }, (_, y): [number, number] => [
    y * w.stride + k * w.dilation - w.before,
    y,
  ]);
  return pairs.filter(([x]) => x >= 0 && x < w.size);
}
