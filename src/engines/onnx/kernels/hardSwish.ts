import { blockedAffine, blockedIdentity, everywhere } from '../blocked/channelwise.js';
import { blockedFunction } from '../blocked/fusedFunction.js';
import { createValue, type TraceValue } from '../ir.js';
import { applyActivation } from './activations.js';
import { channelAffine } from './normalisation.js';
import type { KernelTable, LowerCall } from './types.js';
import { hardSigmoid, unary } from './unary.js';

export const hardSwish = 'HardSwish';
export const hardSwishGrad = 'HardSwishGrad';

/** A step between two numbers, as steep as float32 can tell them apart. */
const steep = 1e12;

const plain = unary(({ graph: g }, x) => applyActivation(g, x, 'hard_swish', 0), 'x', true);

function plainGradient(c: LowerCall, dy: TraceValue, x: TraceValue): void {
  const g = c.graph;
  const { names, store } = c.to.elementwise(c.out, [dy, x]);
  const [above, at] = names;
  // 1 where |x| < 3.
  const inside = hardSigmoid(g, g.op('Mul', [at, at]), -steep, 9 * steep);
  const bend = g.op('Mul', [g.op('Mul', [at, inside]), g.scalar(1 / 6)]);
  store(g.op('Mul', [above, g.op('Add', [hardSigmoid(g, at, 1 / 6, 0.5), bend])]));
}

export const hardSwishKernels = {
  [hardSwish]: {
    infer: plain.infer,
    lower: (c) => {
      const x = c.in('x');
      if (!c.to.hasBlocked(x)) return plain.lower(c);
      const channels = c.to.wholeBlocks(x.shape[3]);
      c.to.setBlocked(c.out, blockedIdentity(c, c.to.blocked(x), channels, blockedFunction('hard_swish')));
    },
  },
  // dy, x -> dx: the slope is 0 below -3, (2x + 3) / 6 between and 1 above 3. With scale and offset [C] (passes/swishInNorm) it is
  // the slope at x * scale + offset.
  [hardSwishGrad]: {
    infer: (c) => ({ shape: c.in('x').shape, dtype: 'float32' }),
    lower: (c) => {
      const { graph: g, to } = c;
      const [dy, x, scale, offset] = [c.in('dy'), c.in('x'), c.optional('scale'), c.optional('offset')];
      if (!(to.hasBlocked(x) || to.hasBlocked(dy)) || !to.canBlock(x) || !to.canBlock(dy)) {
        if (scale === undefined || offset === undefined) return plainGradient(c, dy, x);
        const line = createValue(x);
        channelAffine(c, x, scale, offset, line);
        return plainGradient(c, dy, line);
      }
      // x / 3 + 1/2, which ThresholdedRelu, jumping to 0, cuts off at one end and then, turned round, at the other.
      const channels = to.wholeBlocks(x.shape[3]);
      const third = g.scalar(-1 / 3);
      const half = everywhere(c, channels, 0.5);
      const falling = scale ? g.op('Mul', [to.padded(scale), third]) : everywhere(c, channels, -1 / 3);
      const start = offset ? g.op('Add', [g.op('Mul', [to.padded(offset), third]), half]) : half;
      const cut = (name: string) => g.op('ThresholdedRelu', [name], { alpha: { float: -0.5 } });
      const below = cut(blockedAffine(c, to.blocked(x), channels, falling, start));
      const slope = cut(g.op('Sub', [g.scalar(1), below]));
      to.setBlocked(c.out, g.op('Mul', [to.blocked(dy), slope]));
    },
  },
} satisfies KernelTable;
