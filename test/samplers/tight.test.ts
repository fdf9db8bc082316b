import { describe, expect, test } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { samplers } from '../../src/samplers/registry.js';
import type { SamplerEntry } from '../../src/samplers/Sampler.js';
import { tableSpace } from '../../src/search/simulateTable.js';
import type { Architecture } from '../../src/spaces/SearchSpace.js';
import { feasibleSampler } from '../../src/spaces/feasibility/feasibleSampler.js';

/** Twelve parameters of four values, each of which costs its value: 16.8 million architectures. */
const values = [0, 1, 2, 3];
const names = Array.from({ length: 12 }, (_, l) => `l${l}`);
const space = tableSpace('sums', Object.fromEntries(names.map((name) => [name, values])));
const cost = ({ choices }: Architecture) => names.reduce((sum, name) => sum + Number(choices[name]), 0);

function study(entry: SamplerEntry, limit: number) {
  let looks = 0;
  const violation = (a: Architecture) => {
    looks++;
    return Math.max(0, cost(a) - limit);
  };
  const propose = feasibleSampler(space, violation);
  const rng = createRng('tight');
  const sampler = entry.create({ space, rng, trials: 60, violation, seen: () => false, propose });
  const run = (trials: number) => {
    const found: Architecture[] = [];
    while (found.length < trials) {
      const a = sampler.ask();
      if (a === undefined) break;
      found.push(a);
      const objectives = [-cost(a) - 0.1 * Number(a.choices.l3), cost(a)];
      sampler.tell({ architecture: a, id: space.id(a), state: 'COMPLETE', objectives, violations: [0] });
    }
    return found;
  };
  return { run, looks: () => looks };
}

describe.each(Object.entries<SamplerEntry>(samplers))('%s where few architectures fit', (name, entry) => {
  test('one in 37,000: fits, never repeats, in a bounded number of looks', () => {
    // Sums of at most 3 over 12 parameters: 1 + 12 + 78 + 364 = 455.
    const { run, looks } = study(entry, 3);
    const found = run(40);
    expect(found).toHaveLength(40);
    expect(new Set(found.map((a) => space.id(a))).size).toBe(40);
    expect(Math.max(...found.map(cost))).toBeLessThanOrEqual(3);
    expect(looks()).toBeLessThan(40 * (name === 'quasi-random' ? 80 : 400));
  });

  test('thirteen in 16.8 million: finds them, then says that nothing is left', () => {
    const { run, looks } = study(entry, 1);
    expect(run(60)).toHaveLength(13);
    expect(looks()).toBeLessThan(200_000);
  });
});

test('quasi-random: a tight budget is filled to its edge, and values come about equally often', () => {
  const found = study(samplers['quasi-random'], 9).run(60);
  const counts = values.map((v) => found.reduce((sum, a) => sum + names.filter((n) => a.choices[n] === v).length, 0));
  expect(found.filter((a) => cost(a) >= 7).length).toBeGreaterThan(40);
  // Sums of at most 9 need many zeros; the other values share what is left, no one of them left out.
  for (const count of counts.slice(1)) expect(count).toBeGreaterThan(30);
});
