import { describe, expect, test } from 'vitest';
import { NasDistillError } from '../../src/core/errors.js';
import { createRng } from '../../src/core/rng.js';
import type { Architecture } from '../../src/spaces/SearchSpace.js';
import { totalViolation } from '../../src/spaces/feasibility/Limit.js';
import { feasibilityProfile, requireFeasible } from '../../src/spaces/feasibility/feasibilityProfile.js';
import { feasibleSampler } from '../../src/spaces/feasibility/feasibleSampler.js';
import { suggestBudget } from '../../src/spaces/feasibility/suggestBudget.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';
import { countParams } from './countParams.js';

const context = { input: [28, 28, 1], classes: 10 } as const;
const limit = (metric: 'bytes' | 'macs', value: number) => ({ metric, limit: value, text: `${value}${metric}` });

function parts(name: string) {
  const space = loadSpace(name);
  return { space, cost: (a: Architecture) => countParams(space.toModelSpec(a, context)) };
}

describe('minimal space, against enumeration', () => {
  const { space, cost } = parts('minimal');
  const bytes = [...space.enumerate()].map((a) => cost(a).bytes).sort((a, b) => a - b);
  const profile = feasibilityProfile(space, cost, [limit('bytes', bytes[0])], createRng(0));

  test('the ends are exact and a budget of exactly the smallest can be met', () => {
    expect(profile.costs.bytes.smallest).toBe(bytes[0]);
    expect(profile.costs.bytes.largest).toBe(bytes[bytes.length - 1]);
    expect(profile.count).toBe(28n);
    expect(profile.together.met).toBe(true);
    expect(() => requireFeasible(profile, cost(profile.together.nearest))).not.toThrow();
  });

  test('one byte less cannot, and the error names the nearest budget', () => {
    const tight = feasibilityProfile(space, cost, [limit('bytes', bytes[0] - 1)], createRng(0));
    expect(tight.together.met).toBe(false);
    try {
      requireFeasible(tight, cost(tight.together.nearest));
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof NasDistillError)) throw error;
      expect(error.code).toBe('INFEASIBLE');
      expect(error.hint).toContain(`--budget ${suggestBudget('bytes', bytes[0])}`);
    }
    expect(feasibleSampler(space, (a) => Math.max(0, cost(a).bytes - bytes[0] + 1))(createRng(1))).toBeUndefined();
  });
});

describe.each(['mobile-cnn', 'resnet-convnext', 'attention-fusion', 'tiny-vit'])('tight budgets in %s', (name) => {
  const { space, cost } = parts(name);

  test('a budget that next to nothing meets still samples quickly and in variety', () => {
    const rng = createRng('tight');
    const loose = feasibilityProfile(space, cost, [], rng, { samples: 200 });
    const limits = [limit('bytes', loose.costs.bytes.smallest * 1.15), limit('macs', loose.costs.macs.median)];
    const excess = (a: Architecture) => totalViolation(cost(a), limits);
    const plain = Array.from({ length: 2000 }, () => space.sample(rng)).filter((a) => excess(a) === 0);
    expect(plain.length).toBeLessThan(5);
    const sample = feasibleSampler(space, excess);
    const start = performance.now();
    const found = Array.from({ length: 10 }, (_, i) => sample(rng.fork(i)));
    expect(performance.now() - start).toBeLessThan(10_000);
    const ids = found.map((a) => {
      if (a === undefined) throw new Error('nothing found');
      expect(excess(a)).toBe(0);
      return space.id(a);
    });
    expect(new Set(ids).size).toBeGreaterThan(3);
    expect(sample(rng.fork(0))).toEqual(found[0]);
  });
});

test('budgets that exclude each other are named together', () => {
  const { space, cost } = parts('minimal');
  // A made-up pair: few bytes and, as "macs", few negative bytes.
  const opposed = (a: Architecture) => ({ bytes: cost(a).bytes, macs: 20_000 - cost(a).bytes });
  const all = [...space.enumerate()].map((a) => opposed(a));
  const limits = [
    limit('bytes', Math.min(...all.map((c) => c.bytes)) + 1),
    limit('macs', Math.min(...all.map((c) => c.macs)) + 1),
  ];
  const profile = feasibilityProfile(space, opposed, limits, createRng(5));
  expect(profile.budgets.map((b) => b.met)).toEqual([true, true]);
  expect(profile.together.met).toBe(false);
  expect(() => requireFeasible(profile, opposed(profile.together.nearest))).toThrow(/together/);
});

test('suggested budgets admit the value', () => {
  expect(suggestBudget('bytes', 41_200)).toBe('42KB');
  expect(suggestBudget('bytes', 1_200_000)).toBe('1.2MB');
  expect(suggestBudget('params', 1_210_000)).toBe('1.3Mparams');
  expect(suggestBudget('macs', 30_000_000)).toBe('30MMACs');
  expect(suggestBudget('memory', 511_500)).toBe('512KB-memory');
  expect(suggestBudget('bytes', 930)).toBe('930B');
});
