import type { OnnxGraph } from '../lowering/OnnxGraph.js';
import { hardSigmoid, huge } from './unary.js';
import type { LowerCall } from './types.js';
import type { Windows } from './windows.js';

/** True for a pool of 2x2 cells that do not overlap: its maxima can be found again without the slow pool with indices. */
export function isQuartering({ h, w }: Windows): boolean {
  return [h, w].every((a) => a.kernel === 2 && a.stride === 2 && a.before === 0);
}

/**
 * The gradient of a 2x2 max pool: dy goes to the first cell, row by row, that holds the maximum. Which one that is follows
 * from three cheaper pools over parts of the window: with y the maximum, m that of the upper row, k that of the left
 * column and a the upper left cell, the maximum is in the lower row where y > m; there it is on the right where y > k,
 * and in the upper row where y > a.
 */
export function quarteredGradient(c: LowerCall, w: Windows): void {
  const g = c.graph;
  const x = c.in('input');
  const [n, height, width, ch] = x.shape;
  const [h, v] = [w.h.out, w.w.out];
  const offset = offsetInPlane(g, c.to.nchw(x), c.to.nchw(c.in('output')), w);
  const dy = c.to.nchw(c.in('dy'));
  // One row a plane, in the order of dy; where the planes go is free.
  const scatter = (planeOf: (sample: number, channel: number) => number): string => {
    const planes = Array.from({ length: n * ch }, (_, i) => planeOf(Math.floor(i / ch), i % ch) * height * width);
    const indices = g.op('Add', [offset, g.constant('int64', [n, ch, 1, 1], planes)]);
    const flat = [dy, indices].map((name) => c.to.reshape(name, [1, 1, n * ch, h * v]));
    const attrs = { kernel_shape: [1, 1], strides: [1, 1] };
    return g.op('MaxUnpool', [...flat, g.ints([1, 1, n * ch, height * width])], attrs);
  };
  c.to.setPending(c.out, {
    nchw: () =>
      c.to.reshape(
        scatter((sample, channel) => sample * ch + channel),
        [n, ch, height, width],
      ),
    channelRows: () =>
      c.to.reshape(
        scatter((sample, channel) => channel * n + sample),
        [ch, n * height * width],
      ),
  });
}

/** int64 [N, C, h, w]: where in its plane each window's first maximum lies. A NaN counts as some cell of the window. */
function offsetInPlane(g: OnnxGraph, whole: string, y: string, w: Windows): string {
  const x = seen(g, whole, w);
  const pool = (rows: number, columns: number): string =>
    g.op('MaxPool', [x], {
      kernel_shape: [rows, columns],
      strides: [2, 2],
      pads: [0, 0, rows === 2 ? w.h.after : 0, columns === 2 ? w.w.after : 0],
    });
  const above = (part: string): string => hardSigmoid(g, g.op('Sub', [y, part]), huge, 0);
  const lower = above(pool(1, 2));
  const right = above(pool(1, 1));
  const lowerLeft = hardSigmoid(g, g.op('Sub', [y, pool(2, 1)]), -huge, 1);
  // right + lower * (width - lowerLeft): in the lower row `right` is 1, so that it must be taken back on the left.
  const shift = g.op('Add', [right, g.op('Mul', [lower, g.op('Sub', [g.scalar(w.w.size), lowerLeft])])]);
  const corners = Array.from(
    { length: w.h.out * w.w.out },
    (_, i) => Math.floor(i / w.w.out) * 2 * w.w.size + (i % w.w.out) * 2,
  );
  const position = g.op('Add', [shift, g.constant('float32', [1, 1, w.h.out, w.w.out], corners)]);
  // What becomes of a NaN as an integer differs between processors.
  const limits = [g.scalar(0, 'int64'), g.scalar(w.h.size * w.w.size - 1, 'int64')];
  return g.op('Clip', [g.op('Cast', [position], { to: 7 }), ...limits]);
}

/** Without the last row or column, if no window reaches it: a narrower pool would. */
function seen(g: OnnxGraph, x: string, { h, w }: Windows): string {
  if (2 * h.out >= h.size && 2 * w.out >= w.size) return x;
  return g.op('Slice', [x, g.ints([0, 0]), g.ints([2 * h.out, 2 * w.out]), g.ints([2, 3])]);
}
