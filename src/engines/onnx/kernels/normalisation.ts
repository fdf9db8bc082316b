import { blockedAffine } from '../blocked/channelwise.js';
import type { KernelTable } from './types.js';

export const normalisationKernels = {
  // (x - mean) / sqrt(variance + epsilon) * scale + offset with statistics that are given, per channel.
  FusedBatchNorm: {
    infer: (c) => ({ shape: c.in('x').shape, dtype: 'float32' }),
    lower: (c) => {
      const g = c.graph;
      const [x, mean, variance] = [c.in('x'), c.in('mean'), c.in('variance')];
      const scale = c.optional('scale');
      const offset = c.optional('offset');
      const epsilon = c.attrs.num('varianceEpsilon', 0.001);
      const channels = x.shape[3];
      const parts = [mean, variance, scale, offset];
      if (parts.every((p) => p === undefined || p.shape.length === 1)) {
        const vector = (name: string | undefined, value: number) =>
          name ?? g.constant('float32', [channels], new Float32Array(channels).fill(value));
        const inputs = [
          c.to.nchw(x),
          vector(scale && c.to.get(scale), 1),
          vector(offset && c.to.get(offset), 0),
          c.to.get(mean),
          c.to.get(variance),
        ];
        return c.to.setNchw(c.out, g.op('BatchNormalization', inputs, { epsilon: { float: epsilon } }));
      }
      const at = (v: typeof x) => c.to.nchwOperand(v);
      const inverse = g.op('Reciprocal', [g.op('Sqrt', [g.op('Add', [at(variance), g.scalar(epsilon)])])]);
      let y = g.op('Mul', [g.op('Sub', [at(x), at(mean)]), inverse]);
      if (scale !== undefined) y = g.op('Mul', [y, at(scale)]);
      if (offset !== undefined) y = g.op('Add', [y, at(offset)]);
      c.to.setNchw(c.out, y);
    },
  },
  // No kernel of tfjs: fuseAffine makes it. x * scale + offset per channel.
  ChannelAffine: {
    infer: (c) => ({ shape: c.in('x').shape, dtype: 'float32' }),
    lower: (c) => {
      const g = c.graph;
      const [x, scale, offset] = [c.in('x'), c.in('scale'), c.in('offset')];
      const [channels] = scale.shape;
      if (c.to.hasBlocked(x)) {
        const whole = c.to.wholeBlocks(channels);
        const y = blockedAffine(c, c.to.blocked(x), whole, c.to.padded(scale), c.to.padded(offset));
        return c.to.setBlocked(c.out, y);
      }
      if (!c.to.onlyNchw(x)) {
        const product = g.op('Mul', [c.to.get(x), c.to.get(scale)]);
        return c.to.set(c.out, g.op('Add', [product, c.to.get(offset)]));
      }
      // As batch norm with mean 0 and variance 1: the runtime's only operator that does both in one pass.
      const vector = (value: number) => g.constant('float32', [channels], new Float32Array(channels).fill(value));
      const inputs = [c.to.nchw(x), c.to.get(scale), c.to.get(offset), vector(0), vector(1)];
      c.to.setNchw(c.out, g.op('BatchNormalization', inputs, { epsilon: { float: 0 } }));
    },
  },
} satisfies KernelTable;
