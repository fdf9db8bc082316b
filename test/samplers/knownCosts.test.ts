import { expect, test } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { ArchitectureKernel } from '../../src/samplers/gp/ArchitectureKernel.js';
import { KnownCosts } from '../../src/samplers/gp/KnownCosts.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';
import type { Architecture } from '../../src/spaces/SearchSpace.js';
import { countParams } from '../spaces/countParams.js';

const space = loadSpace('mobile-cnn');
const cost = (a: Architecture) =>
  Math.log(countParams(space.toModelSpec(a, { input: [28, 28, 1], classes: 10 })).bytes);
let looks = 0;
const context = {
  space,
  rng: createRng('known'),
  violation: () => 0,
  seen: () => false,
  propose: () => undefined,
  known: (a: Architecture) => {
    looks++;
    return [undefined, cost(a)];
  },
};

test('a cost that needs no training is predicted from a survey, of architectures that it has not seen', () => {
  const kernel = new ArchitectureKernel(space);
  const costs = new KnownCosts(context, kernel, createRng('survey'));
  const process = costs.processes[1] ?? expect.fail('no process of the cost');
  expect(costs.processes[0]).toBeUndefined();
  expect(looks).toBeLessThanOrEqual(400);
  const rng = createRng('others');
  const others = Array.from({ length: 200 }, () => space.sample(rng));
  const real = others.map(cost);
  const mean = real.reduce((a, b) => a + b, 0) / real.length;
  const spread = real.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  const missed = others.reduce((sum, a, i) => sum + (process.predictMean(kernel.encode(a)) - real[i]) ** 2, 0);
  // Explained variance; that of the mean would be 0.
  expect(1 - missed / spread).toBeGreaterThan(0.8);
});

test('near a place: the same as from scratch, however many choices differ', () => {
  const kernel = new ArchitectureKernel(space);
  const process = new KnownCosts(context, kernel, createRng('survey')).processes[1] ?? expect.fail('no process');
  const rng = createRng('near');
  for (let i = 0; i < 30; i++) {
    const from = space.sample(rng);
    const place = process.locate(kernel.encode(from));
    for (const to of [from, space.mutate(from, rng), space.sample(rng)].map((a) => kernel.encode(a))) {
      expect(process.predictMean(to, place)).toBeCloseTo(process.predictMean(to), 9);
      expect(process.predict(to, place).sd).toBeCloseTo(process.predict(to).sd, 6);
    }
  }
});

test('costs as features are standardised over those that fit', () => {
  const kernel = new ArchitectureKernel(space);
  const limit = Math.log(300_000);
  const tight = { ...context, violation: (a: Architecture) => Math.max(0, cost(a) - limit) };
  const costs = new KnownCosts(tight, kernel, createRng('survey'));
  const rng = createRng('fitting');
  const fitting = Array.from({ length: 3000 }, () => cost(space.sample(rng))).filter((value) => value <= limit);
  const features = fitting.map((value) => costs.features([0.3, value]));
  const mean = features.reduce((sum, [f]) => sum + f, 0) / features.length;
  const spread = Math.sqrt(features.reduce((sum, [f]) => sum + (f - mean) ** 2, 0) / features.length);
  expect(features.every(({ length }) => length === 1)).toBe(true);
  expect(Math.abs(mean)).toBeLessThan(0.3);
  expect(Math.abs(spread - 1)).toBeLessThan(0.3);
});
