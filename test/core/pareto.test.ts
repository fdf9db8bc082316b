import { describe, expect, test } from 'vitest';
import {
  crowdingDistance,
  dominates,
  front,
  hypervolume,
  hypervolume2d,
  nonDominatedSort,
} from '../../src/core/pareto.js';
import { createRng } from '../../src/core/rng.js';

const rng = createRng('pareto');
const cloud = (n: number, m: number, steps: number) =>
  Array.from({ length: n }, () => Array.from({ length: m }, () => rng.int(steps)));

/** Counts the unit cells below the reference that some point dominates. */
function cells(points: number[][], reference: number[]): number {
  let count = 0;
  const visit = (corner: number[]) => {
    if (corner.length === reference.length) {
      if (points.some((p) => p.every((v, i) => v <= corner[i]))) count++;
      return;
    }
    for (let v = 0; v < reference[corner.length]; v++) visit([...corner, v]);
  };
  visit([]);
  return count;
}

describe.each([1, 2, 3, 4])('%d objectives', (m) => {
  test('the hypervolume is the number of dominated cells', () => {
    for (let i = 0; i < 25; i++) {
      const points = cloud(rng.int(12), m, 8);
      const reference = Array.from({ length: m }, () => 5 + rng.int(3));
      expect(hypervolume(points, reference)).toBeCloseTo(cells(points, reference), 9);
      if (m === 2) expect(hypervolume2d(points, reference)).toBe(cells(points, reference));
    }
  });

  test('fronts partition the points, and each is what is left undominated without those before', () => {
    const points = cloud(40, m, 6);
    const fronts = nonDominatedSort(points);
    let left = points.map((_, i) => i);
    for (const indices of fronts) {
      const expected = left.filter((i) => !left.some((j) => dominates(points[j], points[i])));
      expect(indices).toEqual(expected);
      left = left.filter((i) => !indices.includes(i));
    }
    expect(left).toEqual([]);
    expect(front(points)).toEqual(fronts[0]);
  });
});

test('crowding by hand', () => {
  // Ranges 4 and 8: the middle point gets (3-0)/4 + (8-2)/8... between its neighbours.
  const points = [
    [0, 8],
    [1, 4],
    [3, 2],
    [4, 0],
  ];
  expect(crowdingDistance(points)).toEqual([Infinity, 3 / 4 + 6 / 8, 3 / 4 + 4 / 8, Infinity]);
  expect(crowdingDistance([])).toEqual([]);
  expect(
    crowdingDistance([
      [1, 1],
      [1, 1],
      [1, 1],
    ]),
  ).toHaveLength(3);
});

test('equal points stay together; NaN never is on the front; no points', () => {
  expect(
    front([
      [1, 1],
      [1, 1],
      [2, 2],
    ]),
  ).toEqual([0, 1]);
  expect(
    front([
      [Number.NaN, 0],
      [1, 1],
    ]),
  ).toEqual([1]);
  expect(front([])).toEqual([]);
  expect(hypervolume([], [1, 1, 1])).toBe(0);
  expect(nonDominatedSort([])).toEqual([]);
});
