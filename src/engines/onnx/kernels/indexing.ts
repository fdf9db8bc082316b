import { NasDistillError } from '../../../core/errors.js';
import type { TraceDType } from '../ir.js';
import type { InferCall, KernelTable, LowerCall } from './types.js';

const elementType = { float32: 1, int32: 6, bool: 9 } as const satisfies Record<TraceDType, number>;

function gatherAxes(c: InferCall | LowerCall): { axis: number; batch: number } {
  const rank = c.in('x').shape.length;
  const axis = c.attrs.num('axis', 0);
  const batch = c.attrs.num('batchDims', 0);
  return { axis: axis < 0 ? axis + rank : axis, batch: batch < 0 ? batch + c.in('indices').shape.length : batch };
}

export const indexingKernels = {
  GatherV2: {
    infer: (c) => {
      const { axis, batch } = gatherAxes(c);
      const { shape, dtype } = c.in('x');
      const indices = c.in('indices').shape.slice(batch);
      return { shape: [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)], dtype };
    },
    lower: (c) => {
      const { axis, batch } = gatherAxes(c);
      const x = c.to.get(c.in('x'));
      const indices = c.to.get(c.in('indices'));
      if (batch === 0) return c.to.set(c.out, c.graph.op('Gather', [x, indices], { axis }));
      if (batch !== axis) {
        throw new NasDistillError(
          'ENGINE_UNSUPPORTED',
          `GatherV2 with batchDims ${batch} and axis ${axis} has no lowering`,
        );
      }
      const wide = c.graph.op('Cast', [indices], { to: 7 });
      const column = c.graph.op('Unsqueeze', [wide, c.graph.ints([-1])]);
      c.to.set(c.out, c.graph.op('GatherND', [x, column], { batch_dims: batch }));
    },
  },
  // The gradient of an embedding: rows are added into the row that their id names.
  UnsortedSegmentSum: {
    infer: (c) => {
      const rank = c.in('segmentIds').shape.length;
      return { shape: [c.attrs.num('numSegments'), ...c.in('x').shape.slice(rank)], dtype: c.in('x').dtype };
    },
    lower: (c) => {
      const g = c.graph;
      const zeros = g.op('Expand', [g.scalar(0, c.out.dtype), g.shapeTensor(c.out.shape)]);
      const ids = g.op('Unsqueeze', [g.op('Cast', [c.to.get(c.in('segmentIds'))], { to: 7 }), g.ints([-1])]);
      c.to.set(c.out, g.op('ScatterND', [zeros, ids, c.to.get(c.in('x'))], { reduction: 'add' }));
    },
  },
  GatherNd: {
    infer: (c) => {
      const { shape, dtype } = c.in('params');
      const indices = c.in('indices').shape;
      return { shape: [...indices.slice(0, -1), ...shape.slice(indices[indices.length - 1])], dtype };
    },
    lower: (c) => {
      const wide = c.graph.op('Cast', [c.to.get(c.in('indices'))], { to: 7 });
      c.to.set(c.out, c.graph.op('GatherND', [c.to.get(c.in('params')), wide]));
    },
  },
  OneHot: {
    infer: (c) => {
      const dtype = c.attrs.str('dtype', 'float32');
      return {
        shape: [...c.in('indices').shape, c.attrs.num('depth')],
        dtype: dtype === 'int32' || dtype === 'bool' ? dtype : 'float32',
      };
    },
    lower: (c) => {
      const g = c.graph;
      const on = c.attrs.num('onValue', 1);
      const off = c.attrs.num('offValue', 0);
      const wide = g.op('Cast', [c.to.get(c.in('indices'))], { to: 7 });
      const values = g.constant('float32', [2], [off, on]);
      const hot = g.op('OneHot', [wide, g.ints([c.attrs.num('depth')]), values]);
      c.to.set(c.out, c.out.dtype === 'float32' ? hot : g.op('Cast', [hot], { to: elementType[c.out.dtype] }));
    },
  },
} satisfies KernelTable;
