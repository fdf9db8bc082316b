import { NasDistillError } from '../../../core/errors.js';
import { slice_util } from '../../tf.js';
import { sameShape, sizeOf, type TraceDType, type TraceValue } from '../ir.js';
import { nchwAxis } from './reductions.js';
import type { InferCall, KernelEntry, KernelTable, LowerCall } from './types.js';

/** ONNX TensorProto element types by traced type. */
const elementType = { float32: 1, int32: 6, bool: 9 } as const satisfies Record<TraceDType, number>;

/** ONNX's mark for "to the end" of a slice with a negative step. */
const beforeFirst = -(2 ** 31);

function axisOf(c: InferCall | LowerCall, rank: number): number {
  const [axis] = c.attrs.nums('axis');
  return axis < 0 ? axis + rank : axis;
}

/** Fills in -1 and parses what tfjs allows for slice bounds. */
function sliceBounds(c: InferCall | LowerCall): { begin: number[]; size: number[] } {
  const { shape } = c.in('x');
  const begin = c.attrs.nums('begin');
  const size = c.attrs.nums('size');
  const full = shape.map((d, i) => ({ b: begin[i] ?? 0, s: size[i] ?? -1, d }));
  return { begin: full.map((f) => f.b), size: full.map((f) => (f.s < 0 ? f.d - f.b : f.s)) };
}

function reshapeTo(c: LowerCall, x = c.list[0]): void {
  if (sameShape(x.shape, c.out.shape)) return c.to.alias(c.out, x);
  // Both orders are the same elements where nothing but the channel (or a single channel) varies.
  const [, h, w, ch] = x.shape;
  const source = c.to.onlyNchw(x) && (h * w === 1 || ch === 1) ? c.to.nchw(x) : c.to.get(x);
  c.to.set(c.out, c.to.reshape(source, c.out.shape));
}

const same: KernelEntry = {
  infer: (c) => ({ shape: c.list[0].shape, dtype: c.list[0].dtype }),
  lower: (c) => c.to.alias(c.out, c.list[0]),
};

function stridedSlice(c: InferCall | LowerCall) {
  const a = c.attrs;
  return slice_util.sliceInfo(
    [...c.in('x').shape],
    a.nums('begin'),
    a.nums('end'),
    a.nums('strides'),
    a.num('beginMask', 0),
    a.num('endMask', 0),
    a.num('ellipsisMask', 0),
    a.num('newAxisMask', 0),
    a.num('shrinkAxisMask', 0),
  );
}

/** Emits a Slice over the axes that it really cuts, in the order in which a rank-4 value is stored. */
function emitSlice(c: LowerCall, begin: number[], end: number[], step: number[], store = true): string {
  const x = c.in('x');
  const cut = x.shape.flatMap((d, i) => (begin[i] === 0 && end[i] === d && step[i] === 1 ? [] : [i]));
  const nchw = store && c.to.onlyNchw(x);
  const source = nchw ? c.to.nchw(x) : c.to.get(x);
  const g = c.graph;
  const at = (list: number[]) => g.ints(cut.map((i) => list[i]));
  const axes = g.ints(cut.map((i) => (nchw ? nchwAxis[i] : i)));
  const name = cut.length === 0 ? source : g.op('Slice', [source, at(begin), at(end), axes, at(step)]);
  if (store) {
    if (nchw) c.to.setNchw(c.out, name);
    else c.to.set(c.out, name);
  }
  return name;
}

export const shapeKernels = {
  Identity: same,
  Cast: {
    infer: (c) => {
      const dtype = c.attrs.str('dtype');
      if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
        throw new NasDistillError('ENGINE_UNSUPPORTED', `Cast to ${dtype} has no lowering to ONNX`);
      }
      return { shape: c.in('x').shape, dtype };
    },
    lower: (c) => {
      const x = c.in('x');
      if (x.dtype === c.out.dtype) return c.to.alias(c.out, x);
      const { names, store } = c.to.elementwise(c.out, [x]);
      store(c.graph.op('Cast', names, { to: elementType[c.out.dtype] }));
    },
  },
  Reshape: {
    infer: (c) => {
      const x = c.in('x');
      const shape = c.attrs.nums('shape');
      const known = shape.reduce((a, d) => (d < 0 ? a : a * d), 1);
      return { shape: shape.map((d) => (d < 0 ? sizeOf(x.shape) / known : d)), dtype: x.dtype };
    },
    lower: (c) => reshapeTo(c),
  },
  ExpandDims: {
    infer: (c) => {
      const { shape, dtype } = c.in('input');
      const dim = c.attrs.num('dim');
      const at = dim < 0 ? dim + shape.length + 1 : dim;
      return { shape: [...shape.slice(0, at), 1, ...shape.slice(at)], dtype };
    },
    lower: (c) => reshapeTo(c),
  },
  Transpose: {
    infer: (c) => {
      const { shape, dtype } = c.in('x');
      return { shape: c.attrs.nums('perm').map((p) => shape[p]), dtype };
    },
    lower: (c) => {
      const x = c.in('x');
      const perm = c.attrs.nums('perm');
      if (perm.every((p, i) => p === i)) return c.to.alias(c.out, x);
      if (perm.join() === '0,3,1,2' && c.to.hasNchw(x)) return c.to.set(c.out, c.to.nchw(x));
      if (perm.join() === '0,2,3,1') {
        // x's own order is the NCHW order of the result.
        return c.to.setNchw(c.out, c.to.get(x));
      }
      c.to.set(c.out, c.graph.op('Transpose', [c.to.get(x)], { perm }));
    },
  },
  Concat: {
    infer: (c) => {
      const first = c.list[0];
      const axis = axisOf(c, first.shape.length);
      const total = c.list.reduce((a, v) => a + v.shape[axis], 0);
      return { shape: first.shape.map((d, i) => (i === axis ? total : d)), dtype: first.dtype };
    },
    lower: (c) => {
      const axis = axisOf(c, c.out.shape.length);
      if (axis === 3 && c.list.some((v) => c.to.hasBlocked(v)) && c.list.every((v) => ofWholeBlocks(c, v))) {
        const parts = c.list.map((v) => c.to.blocked(v));
        return c.to.setBlocked(c.out, c.graph.op('Concat', parts, { axis: 1 }));
      }
      const nchw = c.out.shape.length === 4 && c.list.some((v) => c.to.onlyNchw(v));
      const names = c.list.map((v) => (nchw ? c.to.nchw(v) : c.to.get(v)));
      if (nchw) c.to.setNchw(c.out, c.graph.op('Concat', names, { axis: nchwAxis[axis] }));
      else c.to.set(c.out, c.graph.op('Concat', names, { axis }));
    },
  },
  Pack: {
    infer: (c) => {
      const { shape, dtype } = c.list[0];
      const axis = axisOf(c, shape.length + 1);
      return { shape: [...shape.slice(0, axis), c.list.length, ...shape.slice(axis)], dtype };
    },
    lower: (c) => {
      const axis = axisOf(c, c.out.shape.length);
      const axes = c.graph.ints([axis]);
      const parts = c.list.map((v) => c.graph.op('Unsqueeze', [c.to.get(v), axes]));
      c.to.set(c.out, c.graph.op('Concat', parts, { axis }));
    },
  },
  Unpack: {
    infer: (c) => {
      const { shape, dtype } = c.in('value');
      const axis = axisOf(c, shape.length);
      const rest = shape.filter((_, i) => i !== axis);
      return Array.from({ length: shape[axis] }, () => ({ shape: rest, dtype }));
    },
    lower: (c) => {
      const value = c.in('value');
      const axis = axisOf(c, value.shape.length);
      const source = c.to.get(value);
      c.outs.forEach((out, i) => {
        c.to.set(out, c.graph.op('Gather', [source, c.graph.scalar(i, 'int64')], { axis }));
      });
    },
  },
  SplitV: {
    infer: (c) => {
      const { shape, dtype } = c.in('x');
      const axis = axisOf(c, shape.length);
      return splitSizes(c, shape[axis]).map((s) => ({ shape: shape.map((d, i) => (i === axis ? s : d)), dtype }));
    },
    lower: (c) => {
      const x = c.in('x');
      const axis = axisOf(c, x.shape.length);
      const nchw = c.to.onlyNchw(x);
      const sizes = c.graph.ints(c.outs.map((o) => o.shape[axis]));
      const source = nchw ? c.to.nchw(x) : c.to.get(x);
      const parts = c.graph.ops('Split', [source, sizes], c.outs.length, { axis: nchw ? nchwAxis[axis] : axis });
      c.outs.forEach((o, i) => (nchw ? c.to.setNchw(o, parts[i]) : c.to.set(o, parts[i])));
    },
  },
  Slice: {
    infer: (c) => ({ shape: sliceBounds(c).size, dtype: c.in('x').dtype }),
    lower: (c) => {
      const { begin, size } = sliceBounds(c);
      const shape = c.in('x').shape;
      // A whole axis is not cut, so that a free batch size does not show up as a bound.
      emitSlice(
        c,
        begin,
        shape.map((_, i) => begin[i] + size[i]),
        shape.map(() => 1),
      );
    },
  },
  StridedSlice: {
    infer: (c) => {
      const info = stridedSlice(c);
      return { shape: info.finalShape, dtype: c.in('x').dtype };
    },
    lower: (c) => {
      const { begin, end, strides } = stridedSlice(c);
      const ends = end.map((e, i) => (strides[i] < 0 && e < 0 ? beforeFirst : e));
      c.to.set(c.out, c.to.reshape(emitSlice(c, begin, ends, strides, false), c.out.shape));
    },
  },
  Reverse: {
    infer: (c) => ({ shape: c.in('x').shape, dtype: c.in('x').dtype }),
    lower: (c) => {
      const rank = c.out.shape.length;
      const dims = c.attrs.nums('dims').map((d) => (d < 0 ? d + rank : d));
      if (dims.length === 0) return c.to.alias(c.out, c.in('x'));
      const g = c.graph;
      const all = (v: number) => g.ints(dims.map(() => v));
      c.to.set(c.out, g.op('Slice', [c.to.get(c.in('x')), all(-1), all(beforeFirst), g.ints(dims), all(-1)]));
    },
  },
  PadV2: {
    infer: (c) => {
      const { shape, dtype } = c.in('x');
      const pads = c.attrs.pairs('paddings');
      return { shape: shape.map((d, i) => d + pads[i][0] + pads[i][1]), dtype };
    },
    lower: (c) => {
      const x = c.in('x');
      const pads = c.attrs.pairs('paddings');
      const nchw = c.to.onlyNchw(x);
      const order = nchw ? [0, 3, 1, 2] : pads.map((_, i) => i);
      const list = c.graph.ints([...order.map((i) => pads[i][0]), ...order.map((i) => pads[i][1])]);
      const value = c.graph.scalar(c.attrs.num('constantValue', 0), x.dtype);
      const name = c.graph.op('Pad', [nchw ? c.to.nchw(x) : c.to.get(x), list, value]);
      if (nchw) c.to.setNchw(c.out, name);
      else c.to.set(c.out, name);
    },
  },
  MirrorPad: {
    infer: (c) => {
      const { shape, dtype } = c.in('x');
      const pads = c.attrs.pairs('paddings');
      return { shape: shape.map((d, i) => d + pads[i][0] + pads[i][1]), dtype };
    },
    lower: (c) => {
      // Rows are gathered by index: ONNX's Pad knows 'reflect' but not 'symmetric'.
      const repeatEdge = c.attrs.str('mode') === 'symmetric' ? 1 : 0;
      let name = c.to.get(c.in('x'));
      c.attrs.pairs('paddings').forEach(([before], axis) => {
        const size = c.in('x').shape[axis];
        if (c.out.shape[axis] === size) return;
        const indices = Array.from({ length: c.out.shape[axis] }, (_, i) => {
          const at = i - before;
          return at < 0 ? -at - repeatEdge : at >= size ? 2 * size - 2 - at + repeatEdge : at;
        });
        name = c.graph.op('Gather', [name, c.graph.ints(indices)], { axis });
      });
      c.to.set(c.out, name);
    },
  },
  Tile: {
    infer: (c) => {
      const { shape, dtype } = c.in('x');
      const reps = c.attrs.nums('reps');
      return { shape: shape.map((d, i) => d * reps[i]), dtype };
    },
    lower: (c) => {
      const x = c.in('x');
      const reps = c.attrs.nums('reps');
      const source = c.to.get(x);
      const expands = x.shape.every((d, i) => d === 1 || reps[i] === 1);
      if (expands) c.to.set(c.out, c.graph.op('Expand', [source, c.graph.shapeTensor(c.out.shape)]));
      else c.to.set(c.out, c.graph.op('Tile', [source, c.graph.shapeTensor(reps)]));
    },
  },
  BroadcastTo: {
    infer: (c) => ({ shape: c.attrs.nums('shape'), dtype: c.in('x').dtype }),
    lower: (c) => c.to.set(c.out, c.graph.op('Expand', [c.to.get(c.in('x')), c.graph.shapeTensor(c.out.shape)])),
  },
} satisfies KernelTable;

function ofWholeBlocks(c: LowerCall, v: TraceValue): boolean {
  return c.to.canBlock(v) && v.shape[3] % c.to.blockSize() === 0;
}

function splitSizes(c: InferCall, size: number): number[] {
  const given = c.attrs.nums('numOrSizeSplits');
  if (given.length === 1) return Array.from({ length: given[0] }, () => size / given[0]);
  const known = given.reduce((a, s) => (s < 0 ? a : a + s), 0);
  return given.map((s) => (s < 0 ? size - known : s));
}
