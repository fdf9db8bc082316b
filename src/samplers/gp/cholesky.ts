/**
 * Lower Cholesky factor L of a symmetric positive definite matrix A = L Lᵀ, row-major n x n; only the lower triangle of A
 * is read. Undefined if A is not positive definite in float64. Golub and Van Loan, algorithm 4.2.
 */
export function cholesky(a: Float64Array, n: number): Float64Array | undefined {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) if (!extendCholesky(l, n, i, a.subarray(i * n, i * n + i + 1))) return undefined;
  return l;
}

/**
 * Writes row `i` of the factor from row `i` of A (its first i + 1 entries): how a factor grows by one point in O(n²).
 * @returns false if A is not positive definite.
 */
export function extendCholesky(l: Float64Array, stride: number, i: number, row: ArrayLike<number>): boolean {
  const at = i * stride;
  for (let j = 0; j <= i; j++) {
    const other = j * stride;
    let sum = row[j];
    for (let k = 0; k < j; k++) sum -= l[at + k] * l[other + k];
    if (j < i) l[at + j] = sum / l[other + j];
    else if (sum > 0) l[at + i] = Math.sqrt(sum);
    else return false;
  }
  return true;
}

/** Solves L x = b in place, for the first n rows of L. */
export function solveLower(l: Float64Array, stride: number, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const at = i * stride;
    let sum = b[i];
    for (let k = 0; k < i; k++) sum -= l[at + k] * b[k];
    b[i] = sum / l[at + i];
  }
}

/** Solves Lᵀ x = b in place, for the first n rows of L. */
export function solveUpper(l: Float64Array, stride: number, n: number, b: Float64Array): void {
  for (let i = n - 1; i >= 0; i--) {
    const x = (b[i] /= l[i * stride + i]);
    const at = i * stride;
    for (let k = 0; k < i; k++) b[k] -= l[at + k] * x;
  }
}

/** A⁻¹ from its factor, row-major and whole. */
export function inverseFrom(l: Float64Array, n: number): Float64Array {
  // The inverse of L, lower triangular, then A⁻¹ = L⁻ᵀ L⁻¹.
  const inverse = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    inverse[j * n + j] = 1 / l[j * n + j];
    for (let i = j + 1; i < n; i++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum -= l[i * n + k] * inverse[k * n + j];
      inverse[i * n + j] = sum / l[i * n + i];
    }
  }
  const out = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const row = k * n;
    for (let i = 0; i <= k; i++) {
      const x = inverse[row + i];
      const at = i * n;
      for (let j = 0; j <= i; j++) out[at + j] += x * inverse[row + j];
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) out[j * n + i] = out[i * n + j];
  return out;
}
