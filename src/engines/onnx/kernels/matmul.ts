import { NasDistillError } from '../../../core/errors.js';
import type { OnnxAttr, OnnxGraph } from '../lowering/OnnxGraph.js';
import { applyActivation } from './activations.js';
import { broadcastShape } from './binary.js';
import type { InferCall, KernelTable, LowerCall } from './types.js';

function productShape(c: InferCall): number[] {
  const a = c.in('a').shape;
  const b = c.in('b').shape;
  const rows = a[a.length - (c.attrs.bool('transposeA') ? 1 : 2)];
  const columns = b[b.length - (c.attrs.bool('transposeB') ? 2 : 1)];
  return [...broadcastShape(a.slice(0, -2), b.slice(0, -2)), rows, columns];
}

/** Swaps the last two axes; onnxruntime fuses this into the product that follows. */
function swapped(g: OnnxGraph, x: string, rank: number): string {
  const perm = Array.from({ length: rank }, (_, i) => i);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return g.op('Transpose', [x], { perm });
}

/** alpha a b with optional transposes and a bias that is added to every row. */
function product(c: LowerCall, bias?: string): string {
  const g = c.graph;
  const factor = c.attrs.num('alpha', 1);
  const alpha: Record<string, OnnxAttr> = factor === 1 ? {} : { alpha: { float: factor } };
  const [a, b] = [c.in('a'), c.in('b')];
  const [transA, transB] = [c.attrs.bool('transposeA') ? 1 : 0, c.attrs.bool('transposeB') ? 1 : 0];
  if (a.shape.length === 2 && b.shape.length === 2) {
    const inputs = [c.to.get(a), c.to.get(b), ...(bias === undefined ? [] : [bias])];
    return g.op('Gemm', inputs, { transA, transB, ...alpha });
  }
  // Written as one: onnxruntime would merge the Transpose with another before it, to one that moves short rows.
  if (c.to.block !== undefined && (transA || transB || factor !== 1)) {
    const result = g.runtime('FusedMatMul', [c.to.get(a), c.to.get(b)], { transA, transB, alpha: { float: factor } });
    return bias === undefined ? result : g.op('Add', [result, bias]);
  }
  const left = transA ? swapped(g, c.to.get(a), a.shape.length) : c.to.get(a);
  const right = transB ? swapped(g, c.to.get(b), b.shape.length) : c.to.get(b);
  const result = g.op('MatMul', [left, right]);
  return bias === undefined ? result : g.op('Add', [result, bias]);
}

export const matmulKernels = {
  BatchMatMul: {
    infer: (c) => ({ shape: productShape(c), dtype: c.in('a').dtype }),
    lower: (c) => c.to.set(c.out, product(c)),
  },
  _FusedMatMul: {
    infer: (c) => ({ shape: productShape(c), dtype: c.in('a').dtype }),
    lower: (c) => {
      const bias = c.optional('bias');
      const slope = c.optional('preluActivationWeights');
      const result = product(c, bias && c.to.get(bias));
      const name = c.attrs.str('activation', 'linear');
      const alpha = c.attrs.num('leakyreluAlpha', 0.2);
      c.to.set(c.out, applyActivation(c.graph, result, name, alpha, slope && c.to.get(slope)));
    },
  },
  Einsum: {
    infer: (c) => {
      const equation = c.attrs.str('equation').replace(/\s/g, '');
      const [left, right] = equation.split('->');
      if (right === undefined || equation.includes('.')) {
        throw new NasDistillError('ENGINE_UNSUPPORTED', `Einsum "${equation}": only explicit equations can be lowered`);
      }
      const dims = new Map<string, number>();
      left.split(',').forEach((term, i) => [...term].forEach((l, j) => dims.set(l, c.list[i].shape[j])));
      return { shape: [...right].map((l) => dims.get(l) ?? 1), dtype: c.list[0].dtype };
    },
    lower: (c) => {
      const equation = c.attrs.str('equation').replace(/\s/g, '');
      c.to.set(
        c.out,
        c.graph.op(
          'Einsum',
          c.list.map((v) => c.to.get(v)),
          { equation },
        ),
      );
    },
  },
} satisfies KernelTable;
