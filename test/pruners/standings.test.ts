import { describe, expect, it } from 'vitest';
import { crowdingDistance, nonDominatedSort } from '../../src/core/pareto.js';
import { createRng } from '../../src/core/rng.js';
import { Fronts } from '../../src/pruners/Fronts.js';
import { FrontStanding } from '../../src/pruners/FrontStanding.js';
import { pruners } from '../../src/pruners/registry.js';
import { ScalarStanding } from '../../src/pruners/ScalarStanding.js';
import type { Pruner, PrunerEntry } from '../../src/pruners/Pruner.js';

/** Few different values, so that many points share a value and some are equal. */
function points(count: number, objectives: number): number[][] {
  const rng = createRng(`fronts/${count}/${objectives}`);
  return Array.from({ length: count }, () => Array.from({ length: objectives }, () => rng.int(40) / 40));
}

describe.each([2, 3])('fronts of points in %i objectives that come one by one', (objectives) => {
  it('are those of the whole non-dominated sort, after each point', () => {
    const all = points(300, objectives);
    const fronts = new Fronts();
    const entries: { front: number }[] = [];
    all.forEach((point, i) => {
      const expected = fronts.rankOf(point);
      entries.push(fronts.add(i + 1, point));
      expect(entries[i].front).toBe(expected);
      if (i % 30 !== 29) return;
      const ranks: number[] = [];
      nonDominatedSort(all.slice(0, i + 1)).forEach((indices, rank) => indices.forEach((k) => (ranks[k] = rank)));
      expect(entries.map(({ front }) => front)).toEqual(ranks);
      for (let rank = 0; rank < fronts.count; rank++) {
        const trials = fronts.members(rank).map(({ trial }) => trial);
        expect([...trials].sort((a, b) => a - b)).toEqual(ranks.flatMap((r, k) => (r === rank ? [k + 1] : [])));
      }
    });
  });

  it('admit whom sorting everything anew admits', () => {
    const rng = createRng('distinct');
    const all = Array.from({ length: 150 }, () => Array.from({ length: objectives }, () => rng.uniform()));
    const standing = new FrontStanding();
    all.forEach((point, i) => {
      for (const places of [1, 10, Math.floor((i + 1) / 3)]) {
        expect(standing.admits(i + 1, point, places)).toBe(admittedAnew(all.slice(0, i + 1), places));
      }
      standing.add(i + 1, point);
      expect(standing.admits(i + 1, point, 10)).toBe(admittedAnew(all.slice(0, i + 1), 10));
    });
  });
});

/** Whether the last of the points is of the first front or among the best so many, by the plain definition. */
function admittedAnew(all: readonly (readonly number[])[], places: number): boolean {
  const own = all.length - 1;
  const fronts = nonDominatedSort(all);
  const rank = fronts.findIndex((indices) => indices.includes(own));
  const left = places - fronts.slice(0, rank).reduce((sum, { length }) => sum + length, 0);
  const crowding = crowdingDistance(fronts[rank].map((i) => all[i]));
  const mine = crowding[fronts[rank].indexOf(own)];
  return rank === 0 || (left > 0 && crowding.filter((c) => c > mine).length < left);
}

describe('who waits', () => {
  it.each([
    ['by one objective', () => new ScalarStanding(0)],
    ['by fronts', () => new FrontStanding()],
  ])('is found again wherever newcomers have moved them: %s', (_name, create) => {
    const standing = create();
    const waiting = new Set<number>();
    points(400, 2).forEach((point, i) => {
      const trial = i + 1;
      standing.add(trial, point);
      if (!standing.admits(trial, point, Math.floor(trial / 3))) {
        standing.enter(trial);
        waiting.add(trial);
      }
      const next = standing.next(Math.floor(trial / 3));
      const admitted = [...waiting].filter((n) => standing.admits(n, [], Math.floor(trial / 3)));
      expect(next === undefined ? 0 : 1).toBe(Math.min(1, admitted.length));
      if (next === undefined) return;
      expect(admitted).toContain(next);
      standing.leave(next);
      waiting.delete(next);
      expect(standing.waits(next)).toBe(false);
    });
    expect(waiting.size).toBeGreaterThan(100);
  });
});

describe.each(Object.entries<PrunerEntry>(pruners))('the cost of a decision: %s', (_name, entry) => {
  it('stays far below a millisecond with thousands of trials', () => {
    const pruner: Pruner = entry.create({ epochs: 27 });
    const rng = createRng('many');
    const perTrial = (count: number, from: number): number => {
      const started = process.cpuUsage();
      for (let trial = from; trial < from + count; trial++) {
        const report = { trial, epoch: 1, objectives: [rng.uniform(), rng.uniform()] };
        const decision = pruner.decide(report);
        pruner.record(report);
        if (decision === 'pause') pruner.waiting?.enter({ trial, epoch: 1 });
        const next = pruner.waiting?.next(false);
        if (next !== undefined) pruner.waiting?.leave(next);
      }
      // Of the processor, as the machine may be busy.
      return process.cpuUsage(started).user / 1000 / count;
    };
    perTrial(4000, 1);
    expect(perTrial(500, 4001)).toBeLessThan(1);
  });
});
