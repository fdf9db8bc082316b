import { blockedInputGradient } from '../blocked/convolutions.js';
import { blockedDepthwiseFilterGradient } from '../blocked/filterGradients.js';
import { bandedFilterGradient, bandedInputGradient, bandsOf } from './bands.js';
import { inputGradient } from './convolution.js';
import { padded, tap } from './taps.js';
import type { KernelTable } from './types.js';
import { convWindows } from './windows.js';

/** Gradients of depthwise convolutions. */
export const depthwiseKernels = {
  DepthwiseConv2dNativeBackpropInput: {
    infer: (c) => ({ shape: c.attrs.nums('inputShape'), dtype: 'float32' }),
    lower: (c) => {
      const filter = c.in('filter');
      const w = convWindows(c, c.out.shape, filter.shape, true);
      const blocks = blockedInputGradient(c, w, filter, true);
      if (blocks !== undefined) return c.to.setBlocked(c.out, blocks);
      const bands = bandsOf(c, w, c.out.shape, filter.shape[3]);
      if (bands?.plane) return c.to.setNchw(c.out, bandedInputGradient(c, bands, c.in('dy'), filter));
      inputGradient(c, w, filter, true);
    },
  },
  // For each tap, the sum over samples and positions of x (where the tap meets it) times dy.
  DepthwiseConv2dNativeBackpropFilter: {
    infer: (c) => ({ shape: c.attrs.nums('filterShape'), dtype: 'float32' }),
    lower: (c) => {
      const g = c.graph;
      const [kh, kw, ci, m] = c.out.shape;
      const [n, oh, ow] = c.in('dy').shape;
      const w = convWindows(c, c.in('x').shape, c.out.shape, true);
      const blocks = blockedDepthwiseFilterGradient(c, w);
      if (blocks !== undefined) return c.to.set(c.out, blocks);
      const bands = bandsOf(c, w, c.in('x').shape, m);
      if (bands !== undefined) return c.to.set(c.out, bandedFilterGradient(c, bands, c.in('x'), c.in('dy')));
      const x = padded(g, c.to.nchw(c.in('x')), w, true);
      // Channel c * m + k of dy belongs to input channel c.
      const dy = m === 1 ? c.to.nchw(c.in('dy')) : c.to.reshape(c.to.nchw(c.in('dy')), [n, ci, m, oh, ow]);
      const sums: string[] = [];
      for (let i = 0; i < kh; i++) {
        for (let j = 0; j < kw; j++) {
          const part = tap(g, x, w, i, j, 2);
          const left = m === 1 ? part : g.op('Unsqueeze', [part, g.ints([2])]);
          const axes = g.ints(m === 1 ? [0, 2, 3] : [0, 3, 4]);
          const sum = g.op('ReduceSum', [g.op('Mul', [left, dy]), axes], { keepdims: 0 });
          sums.push(c.to.reshape(sum, [1, ci * m]));
        }
      }
      c.to.set(c.out, c.to.reshape(g.op('Concat', sums, { axis: 0 }), c.out.shape));
    },
  },
} satisfies KernelTable;
