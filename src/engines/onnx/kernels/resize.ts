import { applySeparable, matrix, transposed, type Matrix } from './separable.js';
import type { InferCall, KernelEntry, KernelTable, LowerCall } from './types.js';

interface Sampling {
  readonly alignCorners: boolean;
  readonly halfPixel: boolean;
}

function sampling(c: LowerCall): Sampling {
  return { alignCorners: c.attrs.bool('alignCorners'), halfPixel: c.attrs.bool('halfPixelCenters') };
}

function scale(from: number, to: number, s: Sampling): number {
  return s.alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
}

/** Row o holds the weights of the input cells that output cell o is made of, by tfjs's coordinates. */
export function bilinearWeights(from: number, to: number, s: Sampling): Matrix {
  const m = matrix(to, from);
  for (let o = 0; o < to; o++) {
    const at = s.halfPixel ? scale(from, to, s) * (o + 0.5) - 0.5 : scale(from, to, s) * o;
    const low = Math.max(0, Math.floor(at));
    const high = Math.min(from - 1, Math.ceil(at));
    const part = at - low;
    m.values[o * from + low] += 1 - part;
    m.values[o * from + high] += part;
  }
  return m;
}

function nearestIndices(from: number, to: number, s: Sampling): number[] {
  return Array.from({ length: to }, (_, o) => {
    const at = scale(from, to, s) * (s.halfPixel ? o + 0.5 : o);
    return Math.max(0, Math.min(from - 1, s.alignCorners ? Math.round(at) : Math.floor(at)));
  });
}

function nearestWeights(from: number, to: number, s: Sampling): Matrix {
  const m = matrix(to, from);
  nearestIndices(from, to, s).forEach((i, o) => (m.values[o * from + i] = 1));
  return m;
}

const resizedShape = (c: InferCall) => {
  const { shape } = c.in('images');
  const [h, w] = c.attrs.nums('size');
  return [shape[0], h, w, shape[3]];
};

const gradient = (weights: typeof bilinearWeights): KernelEntry => ({
  infer: (c) => ({ shape: c.in('images').shape, dtype: 'float32' }),
  lower: (c) => {
    const [, h, w] = c.out.shape;
    const [, oh, ow] = c.in('dy').shape;
    const s = sampling(c);
    const rows = transposed(weights(h, oh, s));
    const columns = transposed(weights(w, ow, s));
    c.to.setNchw(c.out, applySeparable(c.graph, c.to.nchw(c.in('dy')), rows, columns));
  },
});

/** Resizing as matrices along height and width: exactly tfjs's coordinates, and exact gradients, with no Resize mode. */
export const resizeKernels = {
  ResizeBilinear: {
    infer: (c) => ({ shape: resizedShape(c), dtype: 'float32' }),
    lower: (c) => {
      const [, h, w] = c.in('images').shape;
      const [, oh, ow] = c.out.shape;
      const s = sampling(c);
      const x = c.to.nchw(c.in('images'));
      c.to.setNchw(c.out, applySeparable(c.graph, x, bilinearWeights(h, oh, s), bilinearWeights(w, ow, s)));
    },
  },
  ResizeNearestNeighbor: {
    infer: (c) => ({ shape: resizedShape(c), dtype: c.in('images').dtype }),
    lower: (c) => {
      const g = c.graph;
      const [, h, w] = c.in('images').shape;
      const [, oh, ow] = c.out.shape;
      const s = sampling(c);
      const rows = g.op('Gather', [c.to.nchw(c.in('images')), g.ints(nearestIndices(h, oh, s))], { axis: 2 });
      c.to.setNchw(c.out, g.op('Gather', [rows, g.ints(nearestIndices(w, ow, s))], { axis: 3 }));
    },
  },
  ResizeBilinearGrad: gradient(bilinearWeights),
  ResizeNearestNeighborGrad: gradient(nearestWeights),
} satisfies KernelTable;
