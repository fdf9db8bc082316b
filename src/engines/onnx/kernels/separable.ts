import type { OnnxGraph } from '../lowering/OnnxGraph.js';

/** A matrix in row-major order. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

export function matrix(rows: number, columns: number): Matrix {
  return { rows, columns, values: new Float32Array(rows * columns) };
}

export function transposed(m: Matrix): Matrix {
  const out = matrix(m.columns, m.rows);
  for (let i = 0; i < m.rows; i++) {
    for (let j = 0; j < m.columns; j++) out.values[j * m.rows + i] = m.values[i * m.columns + j];
  }
  return out;
}

/** A x B^T for every channel of an NCHW tensor: any linear map that acts on rows and columns separately. */
export function applySeparable(g: OnnxGraph, x: string, a: Matrix, b: Matrix): string {
  const bt = transposed(b);
  const right = g.op('MatMul', [x, g.constant('float32', [bt.rows, bt.columns], bt.values)]);
  return g.op('MatMul', [g.constant('float32', [a.rows, a.columns], a.values), right]);
}
