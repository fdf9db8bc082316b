import { dotsByChannel, dotsBySample, meansByChannel, meansBySample } from '../blocked/channelwise.js';
import { sumOfRows } from './sumOfRows.js';
import { sizeOf, type TraceDType, type TraceValue } from '../ir.js';
import type { OnnxGraph } from '../lowering/OnnxGraph.js';
import type { InferCall, KernelEntry, KernelTable, LowerCall } from './types.js';

/** Where NHWC axis i lies in NCHW. */
export const nchwAxis = [0, 2, 3, 1] as const;

function axesOf(c: InferCall | LowerCall, name: string, rank: number): number[] {
  const given = c.attrs.optionalNums(name);
  return (given ?? Array.from({ length: rank }, (_, i) => i)).map((a) => (a < 0 ? a + rank : a));
}

function reducedShape(shape: readonly number[], axes: readonly number[], keep: boolean): number[] {
  return keep ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));
}

/** The tensor of `x` and the axes in that tensor's order: a rank-4 value is reduced where it lies. */
function located(
  c: LowerCall,
  x: TraceValue,
  axes: readonly number[],
): { name: string; axes: number[]; nchw: boolean } {
  const nchw = x.shape.length === 4 && c.to.onlyNchw(x);
  return { name: nchw ? c.to.nchw(x) : c.to.get(x), axes: nchw ? axes.map((a) => nchwAxis[a]) : [...axes], nchw };
}

function reduction(
  emit: (c: LowerCall, x: string, axes: string, keep: number) => string,
  axisName = 'axis',
  dtype?: TraceDType,
): KernelEntry {
  return {
    infer: (c) => {
      const x = c.in('x');
      const axes = axesOf(c, axisName, x.shape.length);
      return { shape: reducedShape(x.shape, axes, c.attrs.bool('keepDims')), dtype: dtype ?? x.dtype };
    },
    lower: (c) => {
      const x = c.in('x');
      const all = axesOf(c, axisName, x.shape.length);
      if (all.length === 0 || sizeOf(x.shape) === 0) return c.to.set(c.out, emit(c, c.to.get(x), c.graph.ints(all), 0));
      const { name, axes, nchw } = located(c, x, all);
      const keep = c.out.shape.length === x.shape.length;
      // The surviving axes of NCHW come in another order than those of NHWC: keep them all, then restore.
      const survivors = 4 - axes.length;
      const inOrder = !nchw || survivors <= 1 || keep;
      const result = emit(c, name, c.graph.ints(axes.sort((a, b) => a - b)), keep || !inOrder ? 1 : 0);
      if (!nchw || (!keep && inOrder)) return c.to.set(c.out, result);
      if (keep) return c.to.setNchw(c.out, result);
      const transposed = c.graph.op('Transpose', [result], { perm: [0, 2, 3, 1] });
      c.to.set(c.out, c.to.reshape(transposed, c.out.shape));
    },
  };
}

// noop_with_empty_axes: tfjs's empty axis list reduces nothing, ONNX's would reduce everything.
const plain = (op: string, axisName?: string) =>
  reduction(({ graph }, x, axes, keepdims) => graph.op(op, [x, axes], { keepdims, noop_with_empty_axes: 1 }), axisName);

/** Sums and means over the positions (and samples) of a value that lies in blocks: nothing is reordered for them. */
function overPositions(otherwise: KernelEntry, kind: 'sum' | 'mean'): KernelEntry {
  return {
    infer: otherwise.infer,
    lower: (c) => {
      if (!blockedSum(c, c.in('x'), kind)) otherwise.lower(c);
    },
  };
}

/** A sum over all axes but the last ones, of a value in its own order, as the gradients of biases are: a sum of rows. */
function overRows(otherwise: KernelEntry): KernelEntry {
  return {
    infer: otherwise.infer,
    lower: (c) => {
      const x = c.in('x');
      const { shape } = x;
      const axes = axesOf(c, 'axis', shape.length).sort((p, q) => p - q);
      const first = axes.length > 0 && axes.length < shape.length && axes.every((axis, i) => axis === i);
      const here = c.to.block !== undefined && x.dtype === 'float32' && !c.to.onlyNchw(x) && sizeOf(shape) > 0;
      if (!first || !here) return otherwise.lower(c);
      const sums = sumOfRows(c, c.to.get(x), shape, shape.length - axes.length);
      c.to.set(c.out, c.out.shape.length === 1 ? sums : c.to.reshape(sums, c.out.shape));
    },
  };
}

const times = (g: OnnxGraph, x: string, by: number): string => (by === 1 ? x : g.op('Mul', [x, g.scalar(by)]));

/** Emits the sum over the attribute's axes of x, or of x times y, if that can be done in blocks. */
function blockedSum(c: LowerCall, x: TraceValue, kind: 'sum' | 'mean', y?: TraceValue): boolean {
  const { graph: g, to } = c;
  if (x.shape.length !== 4 || x.dtype !== 'float32') return false;
  const near = to.hasBlocked(x) || (y !== undefined && to.hasBlocked(y));
  if (!near || !to.canBlock(x) || (y !== undefined && !to.canBlock(y))) return false;
  const axes = axesOf(c, 'axis', 4)
    .sort((p, q) => p - q)
    .join();
  if (axes !== '1,2' && axes !== '0,1,2') return false;
  const [n, h, w, channels] = x.shape;
  const all = axes === '0,1,2';
  const sums = all
    ? y
      ? dotsByChannel(c, x.shape, to.blocked(x), to.blocked(y))
      : times(g, meansByChannel(c, x.shape, to.blocked(x)), kind === 'mean' ? 1 : n * h * w)
    : y
      ? dotsBySample(c, x.shape, to.blocked(x), to.blocked(y))
      : times(g, meansBySample(c, x.shape, to.blocked(x)), kind === 'mean' ? 1 : h * w);
  if (all && !c.attrs.bool('keepDims')) {
    to.setPadded(c.out, sums);
    return true;
  }
  const whole = to.wholeBlocks(channels);
  const last = all ? 0 : 1;
  const own = whole === channels ? sums : g.op('Slice', [sums, g.ints([0]), g.ints([channels]), g.ints([last])]);
  to.set(c.out, c.attrs.bool('keepDims') ? to.reshape(own, c.out.shape) : own);
  return true;
}

const logical = (op: string) =>
  reduction(
    ({ graph: g }, x, axes, keepdims) =>
      g.op('Cast', [g.op(op, [g.op('Cast', [x], { to: 6 }), axes], { keepdims, noop_with_empty_axes: 1 })], { to: 9 }),
    'axis',
    'bool',
  );

const arg = (op: string): KernelEntry => ({
  infer: (c) => {
    const x = c.in('x');
    return { shape: reducedShape(x.shape, axesOf(c, 'axis', x.shape.length), false), dtype: 'int32' };
  },
  lower: (c) => {
    const x = c.in('x');
    const axis = axesOf(c, 'axis', x.shape.length)[0];
    const index = c.graph.op(op, [c.to.get(x)], { axis, keepdims: 0 });
    c.to.set(c.out, c.graph.op('Cast', [index], { to: 6 }));
  },
});

/** A kernel along one axis that keeps the shape. */
const along = (op: string, axisName: string): KernelEntry => ({
  infer: (c) => {
    const first = c.list[0];
    return { shape: first.shape, dtype: first.dtype };
  },
  lower: (c) => {
    const x = c.list[0];
    const axis = axesOf(c, axisName, x.shape.length)[0];
    c.to.set(c.out, c.graph.op(op, [c.to.get(x)], { axis }));
  },
});

export const reductionKernels = {
  Sum: overPositions(overRows(plain('ReduceSum')), 'sum'),
  Mean: overPositions(
    reduction(
      ({ graph: g, in: input }, x, axes, keepdims) => {
        const float = input('x').dtype === 'float32' ? x : g.op('Cast', [x], { to: 1 });
        return g.op('ReduceMean', [float, axes], { keepdims, noop_with_empty_axes: 1 });
      },
      'axis',
      'float32',
    ),
    'mean',
  ),
  // No kernel of tfjs: passes/fuseDot makes it. The sum of a * b over the axes.
  SumOfProducts: {
    infer: (c) => {
      const x = c.in('a');
      return {
        shape: reducedShape(x.shape, axesOf(c, 'axis', x.shape.length), c.attrs.bool('keepDims')),
        dtype: x.dtype,
      };
    },
    lower: (c) => {
      const [a, b] = [c.in('a'), c.in('b')];
      if (blockedSum(c, a, 'sum', b)) return;
      const nchw = [a, b].some((v) => c.to.onlyNchw(v));
      const product = c.graph.op('Mul', nchw ? [c.to.nchw(a), c.to.nchw(b)] : [c.to.get(a), c.to.get(b)]);
      const axes = axesOf(c, 'axis', 4).map((axis) => (nchw ? nchwAxis[axis] : axis));
      // The channels are what is left, and the samples where they are not summed over: their order is the same in both.
      const sums = c.graph.op('ReduceSum', [product, c.graph.ints(axes.sort((p, q) => p - q))], { keepdims: 0 });
      c.to.set(c.out, c.attrs.bool('keepDims') ? c.to.reshape(sums, c.out.shape) : sums);
    },
  },
  Max: plain('ReduceMax', 'reductionIndices'),
  Min: plain('ReduceMin'),
  Prod: plain('ReduceProd'),
  All: logical('ReduceMin'),
  Any: logical('ReduceMax'),
  ArgMax: arg('ArgMax'),
  ArgMin: arg('ArgMin'),
  Softmax: along('Softmax', 'dim'),
  LogSoftmax: along('LogSoftmax', 'axis'),
  Cumsum: {
    infer: (c) => ({ shape: c.in('x').shape, dtype: c.in('x').dtype }),
    lower: (c) => {
      const axis = axesOf(c, 'axis', c.in('x').shape.length)[0];
      const exclusive = c.attrs.bool('exclusive') ? 1 : 0;
      const reverse = c.attrs.bool('reverse') ? 1 : 0;
      c.to.set(
        c.out,
        c.graph.op('CumSum', [c.to.get(c.in('x')), c.graph.scalar(axis, 'int64')], { exclusive, reverse }),
      );
    },
  },
  TopK: {
    infer: (c) => {
      const x = c.in('x');
      const shape = [...x.shape.slice(0, -1), c.attrs.num('k')];
      return [
        { shape, dtype: x.dtype },
        { shape, dtype: 'int32' },
      ];
    },
    lower: (c) => {
      const inputs = [c.to.get(c.in('x')), c.graph.ints([c.attrs.num('k')])];
      const [values, indices] = c.graph.ops('TopK', inputs, 2, { axis: -1, largest: 1, sorted: 1 });
      c.to.set(c.outs[0], values);
      c.to.set(c.outs[1], c.graph.op('Cast', [indices], { to: 6 }));
    },
  },
} satisfies KernelTable;
