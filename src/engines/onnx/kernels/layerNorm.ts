import { sizeOf, type TraceValue } from '../ir.js';
import { sumOfRows } from './sumOfRows.js';
import type { KernelTable, LowerCall } from './types.js';

/** Layer normalisation over the last axis; models/layers/normaliseRows has the formulas. */
export const normaliseRows = 'NormaliseRows';
export const normaliseRowsGrad = 'NormaliseRowsGrad';

/** xhat, and 1 / sqrt(variance + epsilon) of each row. */
function normalised(c: LowerCall, x: TraceValue): readonly [string, string] {
  const g = c.graph;
  const channels = x.shape[x.shape.length - 1];
  const ones = g.constant('float32', [channels], new Float32Array(channels).fill(1));
  const [xhat, , rate] = g.ops('LayerNormalization', [c.to.get(x), ones], 3, attrsOf(c));
  return [xhat, rate];
}

const attrsOf = (c: LowerCall) => ({ axis: -1, epsilon: { float: c.attrs.num('epsilon') } });

export const layerNormKernels = {
  // x, gamma, beta; `alone`: without a gradient, which would want xhat.
  [normaliseRows]: {
    infer: (c) => ({ shape: c.in('x').shape, dtype: 'float32' }),
    lower: (c) => {
      const { graph: g, to } = c;
      const [gamma, beta] = [to.get(c.in('gamma')), to.get(c.in('beta'))];
      if (c.attrs.bool('alone')) {
        const y = g.op('LayerNormalization', [to.get(c.in('x')), gamma, beta], attrsOf(c));
        return to.set(c.out, y);
      }
      const [xhat] = normalised(c, c.in('x'));
      to.set(c.out, g.op('Add', [g.op('Mul', [xhat, gamma]), beta]));
    },
  },
  // dy, x, gamma -> dx, d gamma, d beta.
  [normaliseRowsGrad]: {
    infer: (c) => {
      const { shape } = c.in('x');
      const vector = { shape: shape.slice(-1), dtype: 'float32' as const };
      return [{ shape, dtype: 'float32' }, vector, vector];
    },
    lower: (c) => {
      const { graph: g, to } = c;
      const [dx, dGamma, dBeta] = c.outs;
      const { shape } = c.in('x');
      const [channels] = shape.slice(-1);
      const [xhat, rate] = normalised(c, c.in('x'));
      const [dy, gamma] = [to.get(c.in('dy')), to.get(c.in('gamma'))];
      const ofRows = (name: string): string =>
        to.block === undefined
          ? g.op('ReduceSum', [to.reshape(name, [sizeOf(shape) / channels, channels]), g.ints([0])], { keepdims: 0 })
          : sumOfRows(c, name, shape);
      const above = g.op('Mul', [dy, gamma]);
      const product = g.op('Mul', [dy, xhat]);
      // Means over the channels of dy gamma and dy gamma xhat: products with a vector, without another pass over memory.
      const share = to.reshape(g.op('Mul', [gamma, g.scalar(1 / channels)]), [channels, 1]);
      const mean = g.op('MatMul', [dy, share]);
      const slope = g.op('MatMul', [product, share]);
      const centred = g.op('Sub', [g.op('Sub', [above, mean]), g.op('Mul', [xhat, slope])]);
      to.set(dx, g.op('Mul', [centred, rate]));
      to.set(dGamma, ofRows(product));
      to.set(dBeta, ofRows(dy));
    },
  },
} satisfies KernelTable;
