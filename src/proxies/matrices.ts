/** Square matrices and lists of rows are arrays, row by row. */
type Matrix = readonly number[];

/** log |det| of an n x n matrix, by Gaussian elimination with partial pivoting; -Infinity where it is singular. */
export function logDeterminant(matrix: Matrix, n: number): number {
  const a = [...matrix];
  let log = 0;
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c + 1; r < n; r++) if (Math.abs(a[r * n + c]) > Math.abs(a[pivot * n + c])) pivot = r;
    const size = Math.abs(a[pivot * n + c]);
    if (size < 1e-12) return -Infinity;
    log += Math.log(size);
    if (pivot !== c) for (let k = 0; k < n; k++) [a[c * n + k], a[pivot * n + k]] = [a[pivot * n + k], a[c * n + k]];
    for (let r = c + 1; r < n; r++) {
      const factor = a[r * n + c] / a[c * n + c];
      for (let k = c; k < n; k++) a[r * n + k] -= factor * a[c * n + k];
    }
  }
  return log;
}

/** Eigenvalues of a symmetric n x n matrix by cyclic Jacobi rotations, in no order (Golub, Van Loan, section 8.5). */
export function eigenvalues(matrix: Matrix, n: number): number[] {
  const a = [...matrix];
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = 0; q < p; q++) off += a[p * n + q] ** 2;
    if (off < 1e-18) break;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        if (a[p * n + q] === 0) continue;
        const theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < n; k++) {
          const [x, y] = [a[k * n + p], a[k * n + q]];
          a[k * n + p] = c * x - s * y;
          a[k * n + q] = s * x + c * y;
        }
        for (let k = 0; k < n; k++) {
          const [x, y] = [a[p * n + k], a[q * n + k]];
          a[p * n + k] = c * x - s * y;
          a[q * n + k] = s * x + c * y;
        }
      }
    }
  }
  return Array.from({ length: n }, (_, i) => a[i * n + i]);
}

/** Pearson correlations between `rows` rows, [rows, rows]; undefined where a row does not vary. */
export function correlations(values: Matrix, rows: number): number[] | undefined {
  const size = values.length / rows;
  const unit: number[][] = [];
  for (let r = 0; r < rows; r++) {
    const row = values.slice(r * size, (r + 1) * size);
    const mean = row.reduce((a, b) => a + b, 0) / size;
    const centred = row.map((v) => v - mean);
    const norm = Math.hypot(...centred);
    if (!(norm > 0) || !Number.isFinite(norm)) return undefined;
    unit.push(centred.map((v) => v / norm));
  }
  return unit.flatMap((a) => unit.map((b) => dot(a, b)));
}

/**
 * How differently two networks relate `rows` things, each by features of its own: the mean over things of the squared
 * distance between the two rows of inner products, each of unit length. 0 alike, at most 4.
 */
export function relationDistance(a: Matrix, b: Matrix, rows: number): number {
  const [p, q] = [relations(a, rows), relations(b, rows)];
  let distance = 0;
  for (let i = 0; i < rows; i++) for (let j = 0; j < rows; j++) distance += (p[i][j] - q[i][j]) ** 2;
  return distance / rows;
}

function relations(values: Matrix, rows: number): number[][] {
  const size = values.length / rows;
  const split = Array.from({ length: rows }, (_, r) => values.slice(r * size, (r + 1) * size));
  return split.map((x) => {
    const row = split.map((y) => dot(x, y));
    const norm = Math.sqrt(dot(row, row));
    return norm > 0 ? row.map((v) => v / norm) : row;
  });
}

/** [rows, columns] -> [columns, rows]. */
export function transposed(values: Matrix, rows: number): number[] {
  const columns = values.length / rows;
  return Array.from({ length: values.length }, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);
}

function dot(a: Matrix, b: Matrix): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
