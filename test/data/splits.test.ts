import { describe, expect, it } from 'vitest';
import { makeSplits, type SplitOptions } from '../../src/data/splits.js';
import type { Dataset, Splits } from '../../src/data/Dataset.js';
import { synthetic } from './synthetic.js';

const tenths: SplitOptions = { seed: 1, validationFraction: 0.1, testFraction: 0.1 };
const parts = (splits: Splits) => [splits.train, splits.validation, splits.test];
const perClass = (data: Dataset, indices: Int32Array) =>
  data.classes.map((_, c) => indices.filter((i) => data.labels[i] === c).length);

describe('makeSplits', () => {
  it.each([
    [[100, 100, 100], 0],
    [[3, 50, 211], 0],
    [[40, 60, 7], 20],
  ])('is disjoint, complete, ascending and stratified: classes %j, %i official tests', (sizes, tests) => {
    const data = synthetic(sizes, { tests });
    for (const seed of [0, 1, 2]) {
      const splits = makeSplits(data, { ...tenths, seed });
      const all = parts(splits).flatMap((part) => [...part]);
      expect(all.length).toBe(data.count);
      expect(new Set(all).size).toBe(data.count);
      for (const part of parts(splits)) {
        expect([...part]).toEqual([...part].sort((a, b) => a - b));
        expect(part.buffer).toBeInstanceOf(SharedArrayBuffer);
      }
      if (tests > 0) expect([...splits.test]).toEqual([...data.officialTest]);
      const total = perClass(data, Int32Array.from(all));
      const held = perClass(data, splits.test);
      perClass(data, splits.validation).forEach((n, c) => {
        expect(n).toBeGreaterThanOrEqual(1);
        expect(Math.abs(n - 0.1 * (total[c] - held[c]))).toBeLessThan(1);
      });
    }
  });

  it('is the same for a seed and another for another seed', () => {
    const data = synthetic([50, 50]);
    const lists = (seed: number) => parts(makeSplits(data, { ...tenths, seed })).map((part) => [...part]);
    expect(lists(7)).toEqual(lists(7));
    expect(lists(7)[1]).not.toEqual(lists(8)[1]);
    expect(lists(7)[2]).not.toEqual(lists(8)[2]);
  });

  it('limits thin out in proportion and leave the other parts alone', () => {
    const data = synthetic([300, 200, 100], { tests: 60 });
    const full = makeSplits(data, tenths);
    const brief = makeSplits(data, { ...tenths, trainLimit: 61, validationLimit: 12 });
    expect(brief.train.length).toBe(61);
    expect(brief.validation.length).toBe(12);
    expect([...brief.test]).toEqual([...full.test]);
    expect([...brief.train].every((i) => full.train.includes(i))).toBe(true);
    expect([...brief.validation].every((i) => full.validation.includes(i))).toBe(true);
    const wanted = perClass(data, full.train).map((n) => (61 * n) / full.train.length);
    perClass(data, brief.train).forEach((n, c) => expect(Math.abs(n - wanted[c])).toBeLessThan(1));
    expect([...makeSplits(data, { ...tenths, trainLimit: 61 }).validation]).toEqual([...full.validation]);
    expect(makeSplits(data, { ...tenths, trainLimit: 1e6 }).train.length).toBe(full.train.length);
  });

  it('names the class that is too small', () => {
    expect(() => makeSplits(synthetic([20, 2]), tenths)).toThrow(/"class 1" has 2 images, too few/);
    expect(makeSplits(synthetic([20, 3]), tenths).train.length).toBeGreaterThan(0);
  });
});
