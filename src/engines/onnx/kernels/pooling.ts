import { sizeOf } from '../ir.js';
import { canQuarterBlocks, quarteredBlocks } from '../blocked/maxPoolQuarters.js';
import { isQuartering, quarteredGradient } from './maxPoolQuarters.js';
import { applySeparable, matrix, type Matrix } from './separable.js';
import type { KernelTable, LowerCall } from './types.js';
import { poolWindows, windowAttrs, type Window } from './windows.js';

/** Maps the gradient of an average pool back along one axis: [size, out], 1 / (window's real cells) where they meet. */
function spread(w: Window): Matrix {
  const m = matrix(w.size, w.out);
  for (let o = 0; o < w.out; o++) {
    const from = Math.max(0, o * w.stride - w.before);
    const to = Math.min(w.size, o * w.stride - w.before + w.kernel);
    for (let i = from; i < to; i++) m.values[i * w.out + o] = 1 / (to - from);
  }
  return m;
}

/** Every output's gradient goes to the first position that held its window's maximum. */
function maxPoolGradient(c: LowerCall): void {
  const g = c.graph;
  const input = c.in('input');
  const w = poolWindows(c, input.shape);
  if (isQuartering(w)) return canQuarterBlocks(c, w) ? quarteredBlocks(c, w) : quarteredGradient(c, w);
  const [n, h, wd, ch] = input.shape;
  const [, indices] = g.ops('MaxPool', [c.to.nchw(input)], 2, windowAttrs(w));
  const dy = c.to.nchw(c.in('dy'));
  const shape = [n, ch, h, wd];
  if (w.h.stride >= w.h.kernel && w.w.stride >= w.w.kernel) {
    // A 1x1 window: MaxUnpool only checks the shape with it, and padding would make it refuse the true one.
    const attrs = { kernel_shape: [1, 1], strides: [1, 1] };
    c.to.setNchw(c.out, g.op('MaxUnpool', [dy, indices, g.ints(shape)], attrs));
    return;
  }
  // Overlapping windows may share a maximum: their gradients are added.
  const flat = g.ints([-1]);
  const zeros = g.op('Expand', [g.scalar(0), g.ints([sizeOf(shape)])]);
  const parts = [zeros, g.op('Reshape', [indices, flat]), g.op('Reshape', [dy, flat])];
  c.to.setNchw(c.out, c.to.reshape(g.op('ScatterElements', parts, { axis: 0, reduction: 'add' }), shape));
}

export const poolingKernels = {
  MaxPool: {
    infer: (c) => ({ shape: poolWindows(c, c.in('x').shape).outShape, dtype: c.in('x').dtype }),
    lower: (c) => {
      const attrs = windowAttrs(poolWindows(c, c.in('x').shape));
      if (!c.attrs.bool('withIndices') && c.to.hasBlocked(c.in('x'))) {
        return c.to.setBlocked(c.out, c.graph.blocked('MaxPool', [c.to.blocked(c.in('x'))], attrs));
      }
      // The same node as the gradient's, if there is one: see passes/poolIndices.
      const outputs = c.attrs.bool('withIndices') ? 2 : 1;
      c.to.setNchw(c.out, c.graph.ops('MaxPool', [c.to.nchw(c.in('x'))], outputs, attrs)[0]);
    },
  },
  AvgPool: {
    infer: (c) => ({ shape: poolWindows(c, c.in('x').shape).outShape, dtype: 'float32' }),
    lower: (c) => {
      const attrs = { ...windowAttrs(poolWindows(c, c.in('x').shape)), count_include_pad: 0 };
      if (c.to.hasBlocked(c.in('x'))) {
        return c.to.setBlocked(c.out, c.graph.blocked('AveragePool', [c.to.blocked(c.in('x'))], attrs));
      }
      c.to.setNchw(c.out, c.graph.op('AveragePool', [c.to.nchw(c.in('x'))], attrs));
    },
  },
  MaxPoolGrad: {
    infer: (c) => ({ shape: c.in('input').shape, dtype: 'float32' }),
    lower: maxPoolGradient,
  },
  // Padding never counts, in the forward pass and here (tfjs's cpu backend divides by the full window here).
  AvgPoolGrad: {
    infer: (c) => ({ shape: c.in('input').shape, dtype: 'float32' }),
    lower: (c) => {
      const w = poolWindows(c, c.in('input').shape);
      c.to.setNchw(c.out, applySeparable(c.graph, c.to.nchw(c.in('dy')), spread(w.h), spread(w.w)));
    },
  },
} satisfies KernelTable;
