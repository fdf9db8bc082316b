import { blockedLine } from '../blocked/channelwise.js';
import { elementwise } from './binary.js';
import type { KernelTable, LowerCall } from './types.js';
import { hardSigmoid, unary } from './unary.js';

export const hardSwish = 'HardSwish';
export const hardSwishGrad = 'HardSwishGrad';

/** A step between two numbers, as steep as float32 can tell them apart. */
const steep = 1e12;

const gate = (g: LowerCall['graph'], x: string): string => hardSigmoid(g, x, 1 / 6, 0.5);

const plainGradient = elementwise(['dy', 'x'], ({ graph: g }, [dy, x]) => {
  // 1 where |x| < 3.
  const inside = hardSigmoid(g, g.op('Mul', [x, x]), -steep, 9 * steep);
  const slope = g.op('Add', [gate(g, x), g.op('Mul', [g.op('Mul', [x, inside]), g.scalar(1 / 6)])]);
  return g.op('Mul', [dy, slope]);
});

export const hardSwishKernels = {
  [hardSwish]: unary(({ graph: g }, x) => g.op('Mul', [x, gate(g, x)]), 'x', true),
  // d/dx is 0 below -3, (2x + 3) / 6 between and 1 above 3.
  [hardSwishGrad]: {
    infer: plainGradient.infer,
    lower: (c) => {
      const { graph: g, to } = c;
      const [dy, x] = [c.in('dy'), c.in('x')];
      if (!(to.hasBlocked(x) || to.hasBlocked(dy)) || !to.canBlock(x) || !to.canBlock(dy))
        return plainGradient.lower(c);
      // x / 3 + 1/2, which ThresholdedRelu, jumping to 0, cuts off at one end and then, turned round, at the other.
      const cut = (name: string) => g.op('ThresholdedRelu', [name], { alpha: { float: -0.5 } });
      const falling = cut(blockedLine(c, to.blocked(x), x, -1 / 3, 0.5));
      const slope = cut(g.op('Sub', [g.scalar(1), falling]));
      to.setBlocked(c.out, g.op('Mul', [to.blocked(dy), slope]));
    },
  },
} satisfies KernelTable;
