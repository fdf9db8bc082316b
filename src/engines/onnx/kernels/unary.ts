import type { KernelEntry, KernelTable, LowerCall } from './types.js';

type Emit = (call: LowerCall, x: string) => string;

/**
 * An elementwise kernel of one input, named `x` in tfjs; works in whichever order a rank-4 input is stored.
 * `tame`: see Lowering.elementwise.
 */
export function unary(emit: Emit, input = 'x', tame = false): KernelEntry {
  return {
    infer: (c) => ({ shape: c.in(input).shape, dtype: c.in(input).dtype }),
    lower: (c) => {
      const { names, store } = c.to.elementwise(c.out, [c.in(input)], tame);
      store(emit(c, names[0]));
    },
  };
}

const plain = (op: string, tame = false) => unary((c, x) => c.graph.op(op, [x]), 'x', tame);

/** exp(x) - 1 without cancellation: tanh(x/2) (exp(x) + 1). */
const expm1: Emit = ({ graph: g }, x) => {
  const t = g.op('Tanh', [g.op('Mul', [x, g.scalar(0.5)])]);
  return g.op('Mul', [t, g.op('Add', [g.op('Exp', [x]), g.scalar(1)])]);
};

/** log(1 + x) without cancellation: with m = min(x, 1), 2 atanh(m / (m + 2)) + log((1 + x) / (1 + m)). */
const log1p: Emit = ({ graph: g }, x) => {
  const m = g.op('Min', [x, g.scalar(1)]);
  const a = g.op('Atanh', [g.op('Div', [m, g.op('Add', [m, g.scalar(2)])])]);
  const rest = g.op('Log', [g.op('Div', [g.op('Add', [x, g.scalar(1)]), g.op('Add', [m, g.scalar(1)])])]);
  return g.op('Add', [g.op('Mul', [a, g.scalar(2)]), rest]);
};

/** Times this, every positive normal number is above 1 (2^127: a finite power of two). */
export const huge = 2 ** 127;

/** clip(slope * x + shift, 0, 1) in one pass. */
export const hardSigmoid = (g: LowerCall['graph'], x: string, slope: number, shift: number): string =>
  g.op('HardSigmoid', [x], { alpha: { float: slope }, beta: { float: shift } });

/** 1 where x > 0, `alpha` elsewhere. HardSigmoid is several times faster than Sign, Greater or Where. */
const step: Emit = ({ graph: g, attrs }, x) => {
  const alpha = attrs.num('alpha', 0);
  const positive = hardSigmoid(g, x, huge, 0);
  if (alpha === 0) return positive;
  return g.op('Add', [g.op('Mul', [positive, g.scalar(1 - alpha)]), g.scalar(alpha)]);
};

export const unaryKernels = {
  Abs: plain('Abs', true),
  Acos: plain('Acos'),
  Acosh: plain('Acosh'),
  Asin: plain('Asin'),
  Asinh: plain('Asinh'),
  Atan: plain('Atan'),
  Atanh: plain('Atanh'),
  Ceil: plain('Ceil', true),
  Cos: plain('Cos', true),
  Cosh: plain('Cosh'),
  Erf: plain('Erf', true),
  Exp: plain('Exp'),
  Expm1: unary(expm1),
  Floor: plain('Floor', true),
  Log: plain('Log'),
  Log1p: unary(log1p),
  Neg: plain('Neg', true),
  Reciprocal: plain('Reciprocal'),
  Round: plain('Round', true),
  Rsqrt: unary(({ graph: g }, x) => g.op('Reciprocal', [g.op('Sqrt', [x])])),
  Sigmoid: plain('Sigmoid', true),
  Sign: plain('Sign', true),
  Sin: plain('Sin', true),
  Sinh: plain('Sinh'),
  Softplus: plain('Softplus', true),
  Sqrt: plain('Sqrt'),
  Square: unary(({ graph: g }, x) => g.op('Mul', [x, x]), 'x', true),
  Step: unary(step, 'x', true),
  // No kernel of tfjs: fuseHardSigmoid makes it.
  HardSigmoid: unary(({ graph: g, attrs }, x) => hardSigmoid(g, x, attrs.num('slope'), attrs.num('shift')), 'x', true),
  Tan: plain('Tan'),
  Tanh: plain('Tanh', true),
  ClipByValue: unary(
    ({ graph: g, attrs, out }, x) =>
      g.op('Clip', [x, g.scalar(attrs.num('clipValueMin'), out.dtype), g.scalar(attrs.num('clipValueMax'), out.dtype)]),
    'x',
    true,
  ),
} satisfies KernelTable;
