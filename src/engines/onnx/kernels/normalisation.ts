import { blockedAffine, blockedBySample } from '../blocked/channelwise.js';
import type { TraceValue } from '../ir.js';
import type { Emitter, KernelTable } from './types.js';

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
    lower: (c) => channelAffine(c, c.in('x'), c.in('scale'), c.in('offset'), c.out),
  },
  // The same, with a scale and an offset for each channel of each sample: [N, 1, 1, C].
  SampleAffine: {
    infer: (c) => ({ shape: c.in('x').shape, dtype: 'float32' }),
    lower: (c) => {
      const { graph: g, to } = c;
      const [x, scale, offset] = [c.in('x'), c.in('scale'), c.in('offset')];
      if (to.hasBlocked(x)) return to.setBlocked(c.out, blockedBySample(c, x, scale, offset));
      const nchw = to.onlyNchw(x);
      const [at, by, plus] = [x, scale, offset].map((v) => (nchw ? to.nchw(v) : to.get(v)));
      const y = g.op('Add', [g.op('Mul', [at, by]), plus]);
      if (nchw) to.setNchw(c.out, y);
      else to.set(c.out, y);
    },
  },
} satisfies KernelTable;

/** Emits out = x * scale + offset, with one number for each channel of the rank-4 x. */
export function channelAffine(c: Emitter, x: TraceValue, scale: TraceValue, offset: TraceValue, out: TraceValue): void {
  const { graph: g, to } = c;
  const [channels] = scale.shape;
  if (to.hasBlocked(x)) {
    const y = blockedAffine(c, to.blocked(x), to.wholeBlocks(channels), to.padded(scale), to.padded(offset));
    return to.setBlocked(out, y);
  }
  if (!to.onlyNchw(x)) {
    return to.set(out, g.op('Add', [g.op('Mul', [to.get(x), to.get(scale)]), to.get(offset)]));
  }
  // As batch norm with mean 0 and variance 1: the runtime's only operator that does both in one pass.
  const vector = (value: number) => g.constant('float32', [channels], new Float32Array(channels).fill(value));
  const inputs = [to.nchw(x), to.get(scale), to.get(offset), vector(0), vector(1)];
  to.setNchw(out, g.op('BatchNormalization', inputs, { epsilon: { float: 0 } }));
}
