import { describe, expect, test } from 'vitest';
import { hypervolume } from '../../src/core/pareto.js';
import { createRng } from '../../src/core/rng.js';
import { hypervolumeSubset } from '../../src/samplers/hypervolumeSubset.js';
import { LearningCurves } from '../../src/samplers/LearningCurves.js';
import { neighbours } from '../../src/samplers/neighbours.js';
import { referenceDirections } from '../../src/samplers/nsga3.js';
import { haltonAxis } from '../../src/samplers/quasiRandom.js';
import type { FinishedTrial } from '../../src/samplers/Sampler.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';

describe('Halton axis', () => {
  test.each([2, 3, 7])('base %i: every stretch of base² points puts one into each of base² cells', (base) => {
    const axis = haltonAxis(base, createRng(base));
    for (const start of [0, base ** 2, 5 * base ** 2]) {
      const cells = Array.from({ length: base ** 2 }, (_, i) => Math.floor(axis(start + i) * base ** 2));
      expect([...cells].sort((a, b) => a - b)).toEqual(Array.from({ length: base ** 2 }, (_, i) => i));
    }
  });

  test('other seeds scramble otherwise', () => {
    const points = (seed: string) => Array.from({ length: 20 }, (_, i) => haltonAxis(5, createRng(seed))(i));
    expect(points('a')).not.toEqual(points('b'));
    expect(points('a').every((v) => v >= 0 && v < 1)).toBe(true);
  });
});

test('reference directions: Das and Dennis, as many as fit', () => {
  // Two objectives and p divisions: p + 1 directions; three: (p + 1)(p + 2) / 2, 91 for p = 12 as in the paper.
  expect(referenceDirections(2, 11)).toHaveLength(11);
  expect(referenceDirections(3, 91)).toHaveLength(91);
  expect(referenceDirections(3, 100)).toHaveLength(91);
  for (const d of referenceDirections(4, 50)) expect(d.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
});

test('the greedy subset is at least 1 - 1/e of the best one, and the same as without laziness', () => {
  const rng = createRng('subset');
  const points = Array.from({ length: 9 }, () => [rng.uniform(), rng.uniform(), rng.uniform()]);
  const reference = [1, 1, 1];
  const chosen = hypervolumeSubset(points, 3, reference);
  const plain: number[] = [];
  while (plain.length < 3) {
    const left = points.map((_, i) => i).filter((i) => !plain.includes(i));
    const volume = (i: number) =>
      hypervolume(
        [...plain, i].map((k) => points[k]),
        reference,
      );
    plain.push(left.reduce((a, b) => (volume(b) > volume(a) ? b : a)));
  }
  expect(chosen).toEqual(plain);
  let best = 0;
  for (let a = 0; a < 9; a++)
    for (let b = a + 1; b < 9; b++)
      for (let c = b + 1; c < 9; c++) best = Math.max(best, hypervolume([points[a], points[b], points[c]], reference));
  const volume = hypervolume(
    chosen.map((i) => points[i]),
    reference,
  );
  expect(volume).toBeGreaterThan((1 - 1 / Math.E) * best);
});

test('neighbours differ in one choice, or in what it switches', () => {
  const space = loadSpace('minimal');
  const rng = createRng('neighbours');
  const from = space.sample(rng);
  const all = neighbours(space, from, rng);
  expect(all.length).toBeGreaterThan(0);
  for (const next of all) {
    space.validate(next);
    const both = Object.keys(from.choices).filter((name) => Object.hasOwn(next.choices, name));
    expect(both.filter((name) => next.choices[name] !== from.choices[name])).toHaveLength(1);
  }
});

describe('learning curves', () => {
  const trial = (state: FinishedTrial['state'], rungs: number[][]): FinishedTrial => ({
    architecture: { choices: {} },
    id: 'x',
    state,
    objectives: rungs[rungs.length - 1],
    rungs,
    violations: [],
  });

  test('say nothing before a trial was complete; a cost is what it was', () => {
    const curves = new LearningCurves();
    curves.note(trial('PRUNED', [[0.9, 8]]));
    expect(curves.expected([0.6, 5], 1)).toBeUndefined();
    curves.note(trial('COMPLETE', [[0.5, 7], [0.3, 7]])); // prettier-ignore
    expect(curves.expected([0.6, 5], 9)).toBeUndefined();
    const { objectives, variances } = curves.expected([0.6, 5], 1) ?? expect.fail('nothing expected');
    expect(objectives[1]).toBe(5);
    expect(variances[1]).toBe(0);
    // Half of what it is behind after the first epoch, as one trial tells no slope.
    expect(objectives[0]).toBeCloseTo(0.3 + 0.5 * (0.6 - 0.5), 12);
    expect(variances[0]).toBeGreaterThan(0);
  });

  test('two complete trials, by hand', () => {
    const curves = new LearningCurves();
    for (const [x, y] of [[0.4, 0.2], [0.6, 0.3]]) curves.note(trial('COMPLETE', [[x], [y]])); // prettier-ignore
    curves.note(trial('PRUNED', [[0.8]]));
    // 0.4, 0.6 and 0.8 were seen: variance 0.04. Sxx = 0.02 + 2 * 0.04, Sxy = 0.01 + 2 * 0.04 * 0.5.
    const slope = 0.05 / 0.1;
    const residuals = 0.005 - 2 * slope * 0.01 + slope ** 2 * 0.02;
    const variance = ((residuals + 2 * 0.25 * 0.04) / 2) * (1 + 1 / 2 + 0.3 ** 2 / 0.1);
    const expected = curves.expected([0.8], 1) ?? expect.fail('nothing expected');
    expect(expected.objectives[0]).toBeCloseTo(0.25 + slope * 0.3, 12);
    expect(expected.variances[0]).toBeCloseTo(variance, 12);
  });

  test('many: the line and the noise that they were drawn from, though only the better half went on', () => {
    const rng = createRng('curves');
    const curves = new LearningCurves();
    for (let i = 0; i < 2000; i++) {
      const x = 0.5 + 0.2 * rng.normal();
      if (x > 0.5) curves.note(trial('PRUNED', [[x]]));
      else curves.note(trial('COMPLETE', [[x], [0.1 + 0.2 * x + 0.03 * rng.normal()]]));
    }
    for (const x of [0.3, 0.9]) {
      const { objectives, variances } = curves.expected([x], 1) ?? expect.fail('nothing expected');
      expect(Math.abs(objectives[0] - (0.1 + 0.2 * x))).toBeLessThan(0.006);
      expect(Math.sqrt(variances[0]) / 0.03).toBeCloseTo(1, 1);
    }
  });
});
