import { channelwiseProduct, channelwiseSum } from '../blocked/broadcast.js';
import { NasDistillError } from '../../../core/errors.js';
import type { TraceDType } from '../ir.js';
import type { KernelEntry, KernelTable, LowerCall } from './types.js';

/** The shape of an elementwise result under numpy's broadcasting rule. */
export function broadcastShape(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    const dims = shapes.map((s) => s[i - rank + s.length] ?? 1);
    const dim = dims.find((d) => d !== 1) ?? 1;
    if (dims.some((d) => d !== 1 && d !== dim)) {
      throw new NasDistillError('INTERNAL', `shapes [${shapes.join('] and [')}] do not broadcast`);
    }
    return dim;
  });
}

/**
 * An elementwise kernel over the named inputs, which broadcast; the result has the first one's type or `dtype`.
 * `tame`: see Lowering.elementwise.
 */
export function elementwise(
  inputs: readonly string[],
  emit: (call: LowerCall, names: string[]) => string,
  dtype?: TraceDType,
  tame = false,
): KernelEntry {
  return {
    infer: (c) => {
      const specs = inputs.map((n) => c.in(n));
      return { shape: broadcastShape(...specs.map((s) => s.shape)), dtype: dtype ?? specs[specs.length - 1].dtype };
    },
    lower: (c) => {
      const { names, store } = c.to.elementwise(
        c.out,
        inputs.map((n) => c.in(n)),
        tame,
      );
      store(emit(c, names));
    },
  };
}

const plain = (op: string, tame = false) =>
  elementwise(['a', 'b'], ({ graph }, names) => graph.op(op, names), undefined, tame);
/** Where one operand lies in blocks and the other one has a number for each channel, or for each channel of each sample. */
const channelwise = (op: 'Add' | 'Mul'): KernelEntry => {
  const otherwise = plain(op, true);
  return {
    infer: otherwise.infer,
    lower: (c) => {
      const [a, b] = [c.in('a'), c.in('b')];
      const found = op === 'Mul' ? channelwiseProduct(c, a, b) : channelwiseSum(c, a, b);
      if (found === undefined) otherwise.lower(c);
      else c.to.setBlocked(c.out, found);
    },
  };
};
const compare = (op: string) => elementwise(['a', 'b'], ({ graph }, names) => graph.op(op, names), 'bool');

/** ONNX's Pow is slow: exponents that training meets become products and roots. */
function pow(c: LowerCall, [a, b]: string[]): string {
  const g = c.graph;
  const float = c.out.dtype === 'float32';
  const exponent = c.in('b').fill;
  if (float && exponent === 1) return g.op('Identity', [a]);
  if (float && exponent === 2) return g.op('Mul', [a, a]);
  if (float && exponent === 3) return g.op('Mul', [g.op('Mul', [a, a]), a]);
  if (float && exponent === 0.5) return g.op('Sqrt', [a]);
  if (float && exponent === -1) return g.op('Reciprocal', [a]);
  if (float && exponent === -0.5) return g.op('Reciprocal', [g.op('Sqrt', [a])]);
  return g.op('Pow', [a, b]);
}

/** Floor division; integers through the exact remainder, since ONNX's Div truncates. */
function floorDiv({ graph: g, out }: LowerCall, [a, b]: string[]): string {
  if (out.dtype === 'float32') return g.op('Floor', [g.op('Div', [a, b])]);
  return g.op('Div', [g.op('Sub', [a, g.op('Mod', [a, b])]), b]);
}

/** Remainder with the divisor's sign. */
function mod({ graph: g, out }: LowerCall, [a, b]: string[]): string {
  if (out.dtype !== 'float32') return g.op('Mod', [a, b]);
  // fmod is exact; adding b and taking it again moves the result to b's sign, as tfjs does.
  const r = g.op('Mod', [a, b], { fmod: 1 });
  return g.op('Mod', [g.op('Add', [r, b]), b], { fmod: 1 });
}

export const binaryKernels = {
  Add: channelwise('Add'),
  Sub: plain('Sub', true),
  Multiply: channelwise('Mul'),
  RealDiv: plain('Div'),
  Maximum: plain('Max', true),
  Minimum: plain('Min', true),
  Pow: elementwise(['a', 'b'], pow),
  FloorDiv: elementwise(['a', 'b'], floorDiv),
  Mod: elementwise(['a', 'b'], mod),
  SquaredDifference: elementwise(
    ['a', 'b'],
    ({ graph: g }, names) => {
      const d = g.op('Sub', names);
      return g.op('Mul', [d, d]);
    },
    undefined,
    true,
  ),
  AddN: {
    infer: (c) => ({ shape: c.list[0].shape, dtype: c.list[0].dtype }),
    lower: (c) => {
      const { names, store } = c.to.elementwise(c.out, c.list, true);
      store(names.length === 1 ? names[0] : names.reduce((a, b) => c.graph.op('Add', [a, b])));
    },
  },
  Greater: compare('Greater'),
  GreaterEqual: compare('GreaterOrEqual'),
  Less: compare('Less'),
  LessEqual: compare('LessOrEqual'),
  Equal: compare('Equal'),
  NotEqual: elementwise(['a', 'b'], ({ graph: g }, names) => g.op('Not', [g.op('Equal', names)]), 'bool'),
  LogicalAnd: compare('And'),
  LogicalOr: compare('Or'),
  LogicalXor: compare('Xor'),
  LogicalNot: elementwise(['x'], ({ graph }, names) => graph.op('Not', names), 'bool'),
  Select: elementwise(['condition', 't', 'e'], ({ graph }, names) => graph.op('Where', names)),
} satisfies KernelTable;
