/**
 * The x >= 0 with the least |A x - b|^2 + ridge |S x|^2, S being the columns' lengths, by coordinate descent: the problem is
 * convex, each step is exact in one coordinate and never makes it worse. Deterministic.
 * @param rows A, each row of the same length
 */
export function nonNegativeLeastSquares(
  rows: readonly (readonly number[])[],
  b: readonly number[],
  options: { ridge?: number; rounds?: number; tolerance?: number } = {},
): Float64Array {
  const { ridge = 1e-6, rounds = 4000, tolerance = 1e-10 } = options;
  const columns = rows[0]?.length ?? 0;
  const scale = new Float64Array(columns);
  for (const row of rows) for (let j = 0; j < columns; j++) scale[j] += row[j] ** 2;
  for (let j = 0; j < columns; j++) scale[j] = Math.sqrt(scale[j]) || 1;
  const gram = Array.from({ length: columns }, () => new Float64Array(columns));
  const projected = new Float64Array(columns);
  rows.forEach((row, i) => {
    for (let j = 0; j < columns; j++) {
      const value = row[j] / scale[j];
      if (value === 0) continue;
      projected[j] += value * b[i];
      for (let k = 0; k < columns; k++) gram[j][k] += (value * row[k]) / scale[k];
    }
  });
  for (let j = 0; j < columns; j++) gram[j][j] += ridge;
  const x = new Float64Array(columns);
  for (let round = 0; round < rounds; round++) {
    let moved = 0;
    for (let j = 0; j < columns; j++) {
      let slope = projected[j];
      const line = gram[j];
      for (let k = 0; k < columns; k++) slope -= line[k] * x[k];
      const next = Math.max(0, x[j] + slope / line[j]);
      moved = Math.max(moved, Math.abs(next - x[j]));
      x[j] = next;
    }
    if (moved < tolerance) break;
  }
  for (let j = 0; j < columns; j++) x[j] /= scale[j];
  return x;
}
