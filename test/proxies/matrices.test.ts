import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { agreementOf } from '../../src/proxies/agreement.js';
import { correlations, eigenvalues, logDeterminant, relationDistance, transposed } from '../../src/proxies/matrices.js';

describe('matrices', () => {
  it('determinants by hand', () => {
    expect(logDeterminant([2, 1, 1, 3], 2)).toBeCloseTo(Math.log(5), 12);
    expect(logDeterminant([0, 2, 3, 0], 2)).toBeCloseTo(Math.log(6), 12);
    expect(logDeterminant([1, 2, 2, 4], 2)).toBe(-Infinity);
  });

  it('eigenvalues: by hand, and of a random matrix the trace, the determinant and the squares', () => {
    expect(eigenvalues([2, 1, 1, 2], 2).sort()).toEqual([expect.closeTo(1, 10), expect.closeTo(3, 10)]);
    const n = 12;
    const rng = createRng('eigen');
    const half = Array.from({ length: n * n }, () => rng.normal());
    const matrix = half.map((v, i) => v + half[(i % n) * n + Math.floor(i / n)]);
    const values = eigenvalues(matrix, n);
    const sum = (all: number[]) => all.reduce((a, b) => a + b, 0);
    expect(sum(values)).toBeCloseTo(sum(matrix.filter((_, i) => i % (n + 1) === 0)), 8);
    expect(sum(values.map((v) => v * v))).toBeCloseTo(sum(matrix.map((v) => v * v)), 6);
    expect(sum(values.map((v) => Math.log(Math.abs(v))))).toBeCloseTo(logDeterminant(matrix, n), 8);
  });

  it('correlations and relations', () => {
    expect(correlations([1, 2, 3, 3, 2, 1], 2)).toEqual([1, -1, -1, 1].map((v) => expect.closeTo(v, 12)));
    expect(correlations([1, 1, 1, 3, 2, 1], 2)).toBeUndefined();
    expect(transposed([1, 2, 3, 4, 5, 6], 2)).toEqual([1, 4, 2, 5, 3, 6]);
    // Turned and stretched features relate the same.
    expect(relationDistance([1, 0, 0, 1], [0, 3, -3, 0], 2)).toBeCloseTo(0, 12);
    // Rows [1, 0] and [0, 1] against twice [1, 1] / sqrt(2).
    expect(relationDistance([1, 0, 0, 1], [1, 0, 1, 0], 2)).toBeCloseTo(2 - Math.SQRT2, 12);
  });
});

describe('agreementOf', () => {
  const accuracies = Array.from({ length: 30 }, (_, i) => i / 30);
  it('is 1 for the same order, with an interval that holds nothing else', () => {
    expect(agreementOf(accuracies, accuracies, createRng('x'))).toEqual({ students: 30, tau: 1, interval: [1, 1] });
  });
  it('has an interval around a noisy tau, and counts only what has a score', () => {
    const rng = createRng('noise');
    const scores = accuracies.map((a, i) => (i % 10 === 0 ? undefined : a + 0.5 * rng.uniform()));
    const { students, tau, interval } = agreementOf(scores, accuracies, createRng('x'));
    expect(students).toBe(27);
    expect(tau).toBeGreaterThan(interval![0]);
    expect(tau).toBeLessThan(interval![1]);
    expect(interval![1] - interval![0]).toBeLessThan(0.6);
  });
  it('has none for two students or equal scores', () => {
    expect(agreementOf([1, 2], [1, 2], createRng('x')).tau).toBeNull();
    expect(agreementOf([1, 1, 1, 1], [1, 2, 3, 4], createRng('x'))).toEqual({ students: 4, tau: null, interval: null });
  });
});
