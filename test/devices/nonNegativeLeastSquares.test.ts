import { expect, test } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { nonNegativeLeastSquares } from '../../src/devices/nonNegativeLeastSquares.js';

test('finds what the data was made with', () => {
  const rng = createRng('nnls');
  const truth = [0, 2.5, 0.01, 0, 40, 1];
  const rows = Array.from({ length: 60 }, () => truth.map((_, j) => rng.uniform() * 10 ** (j - 2)));
  const b = rows.map((row) => row.reduce((sum, value, j) => sum + value * truth[j], 0));
  const x = nonNegativeLeastSquares(rows, b, { ridge: 0, rounds: 100_000, tolerance: 1e-14 });
  truth.forEach((value, j) => expect(x[j]).toBeCloseTo(value, 5));
});

/** Karush-Kuhn-Tucker: x >= 0; the gradient is 0 where x > 0 and not negative where x = 0. */
test('property: the solution is optimal, also where the unconstrained one is negative', () => {
  for (let seed = 0; seed < 20; seed++) {
    const rng = createRng(`kkt/${seed}`);
    const rows = Array.from({ length: 12 }, () => Array.from({ length: 5 }, () => rng.normal()));
    const b = rows.map(() => rng.normal());
    const x = nonNegativeLeastSquares(rows, b, { ridge: 0, rounds: 100_000, tolerance: 1e-14 });
    const residual = rows.map((row, i) => row.reduce((sum, value, j) => sum + value * x[j], 0) - b[i]);
    for (let j = 0; j < 5; j++) {
      const gradient = rows.reduce((sum, row, i) => sum + row[j] * residual[i], 0);
      expect(x[j]).toBeGreaterThanOrEqual(0);
      if (x[j] > 1e-9) expect(gradient).toBeCloseTo(0, 6);
      else expect(gradient).toBeGreaterThan(-1e-6);
    }
  }
});

test('a column of zeros gets no weight', () => {
  expect([
    ...nonNegativeLeastSquares(
      [
        [0, 1],
        [0, 2],
      ],
      [3, 6],
    ),
  ]).toEqual([0, expect.closeTo(3, 4)]);
});
