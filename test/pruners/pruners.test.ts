import { describe, expect, it } from 'vitest';
import { NasDistillError } from '../../src/core/errors.js';
import { createRng } from '../../src/core/rng.js';
import type { Pruner, PrunerEntry, RungReport } from '../../src/pruners/Pruner.js';
import { pruners } from '../../src/pruners/registry.js';
import { RungLadder } from '../../src/pruners/RungLadder.js';
import { createPruner } from '../../src/search/createPruner.js';

const epochs = 9;
/** A made-up study: errors that fall with the epochs, costs that trade against them; worse trials as the number rises. */
const reportOf = (trial: number, epoch: number): RungReport => {
  const rng = createRng(`pruner/${trial}`);
  const cost = rng.uniform();
  return { trial, epoch, objectives: [0.2 + 0.5 * rng.uniform() - 0.2 * cost + 0.5 * 0.6 ** epoch, cost] };
};

/** Runs trials side by side in rounds, each until it is pruned; returns the epochs that each trained. */
function play(pruner: Pruner, trials: number, order: (n: number[]) => number[] = (n) => n): number[] {
  const trained = Array.from({ length: trials }, () => 0);
  for (let start = 0; start < trials; start += 4) {
    let open = order([0, 1, 2, 3].map((i) => start + i).filter((i) => i < trials));
    for (let epoch = 1; epoch <= epochs; epoch++) {
      open = open.filter((i) => {
        trained[i] = epoch;
        const report = reportOf(i + 1, epoch);
        const goesOn = epoch < epochs && pruner.decide(report) === 'continue';
        pruner.record(report);
        return goesOn;
      });
    }
  }
  return trained;
}

describe.each(Object.entries<PrunerEntry>(pruners))('the contract: %s', (name, entry) => {
  it('decides alike each time, and alike after a resume that records the stored rungs in any order', () => {
    const first = entry.create({ epochs });
    const trained = play(first, 40);
    expect(play(entry.create({ epochs }), 40)).toEqual(trained);
    const stored = trained.flatMap((last, i) => Array.from({ length: last }, (_, e) => reportOf(i + 1, e + 1)));
    const resumed = entry.create({ epochs });
    for (const report of createRng('order').shuffle(stored)) resumed.record(report);
    for (let trial = 41; trial < 60; trial++) {
      for (let epoch = 1; epoch < epochs; epoch++) {
        expect(resumed.decide(reportOf(trial, epoch))).toBe(first.decide(reportOf(trial, epoch)));
      }
    }
  });

  it(name === 'none' ? 'prunes nothing' : 'prunes some, not all, and the first trial never', () => {
    const trained = play(entry.create({ epochs }), 40);
    const whole = trained.filter((e) => e === epochs).length;
    if (name === 'none') expect(whole).toBe(40);
    else {
      expect(whole).toBeGreaterThan(3);
      expect(whole).toBeLessThan(36);
    }
    expect(trained[0]).toBe(epochs);
  });

  it('one epoch leaves nothing to decide', () => {
    const pruner = entry.create({ epochs: 1 });
    for (let trial = 1; trial < 30; trial++) pruner.record(reportOf(trial, 1));
    expect(pruner.decide({ trial: 99, epoch: 1, objectives: [0.1, 0] })).toBe('continue');
  });

  it('unknown options are refused', () => {
    const create = () => entry.create({ epochs }, { nonsense: 1 });
    expect(create).toThrow(NasDistillError);
    expect(create).toThrow(/^pruner\..*nonsense/);
  });
});

it('an unknown pruner is an error that lists those there are', () => {
  expect(() => createPruner('axe', {}, 3)).toThrow(/unknown pruner "axe"/);
});

it('the levels of a ladder', () => {
  expect(new RungLadder(1, 3, 27).levels).toEqual([1, 3, 9]);
  expect(new RungLadder(1, 3, 28).levels).toEqual([1, 3, 9, 27]);
  expect(new RungLadder(2, 1.5, 9).levels).toEqual([2, 3, 5, 7]);
  expect(new RungLadder(5, 3, 5).levels).toEqual([]);
});

const scalar = (trial: number, epoch: number, value: number, cost = 0): RungReport => ({
  trial,
  epoch,
  objectives: [value, cost],
});

describe('ASHA', () => {
  it('lets the best third go on, by hand', () => {
    const pruner = createPruner('asha', { reduction: 3 }, 9);
    [0.5, 0.4].forEach((v, i) => pruner.record(scalar(i + 1, 1, v)));
    // The third of three: one may go on.
    expect(pruner.decide(scalar(3, 1, 0.3))).toBe('continue');
    expect(pruner.decide(scalar(3, 1, 0.45))).toBe('prune');
    for (let i = 3; i <= 5; i++) pruner.record(scalar(i, 1, 0.2));
    // Of six two may: three are at 0.2, and ties with them count for the trial.
    expect(pruner.decide(scalar(6, 1, 0.2))).toBe('continue');
    expect(pruner.decide(scalar(6, 1, 0.21))).toBe('prune');
    // No level of the ladder.
    expect(pruner.decide(scalar(6, 2, 0.9))).toBe('continue');
  });
});

describe('MO-ASHA', () => {
  it('keeps every trial of the first front, prunes what others beat in all objectives', () => {
    const pruner = createPruner('moasha', { reduction: 3 }, 9);
    for (let i = 1; i <= 9; i++) pruner.record(scalar(i, 1, 0.1 * i, 1 - 0.1 * i));
    expect(pruner.decide(scalar(10, 1, 0.95, 0.05))).toBe('continue');
    // In the middle of the front, where it is most crowded, and ten trials share three places.
    expect(pruner.decide(scalar(10, 1, 0.55, 0.44))).toBe('continue');
    expect(pruner.decide(scalar(10, 1, 0.55, 0.95))).toBe('prune');
    // ASHA with the same reports gives up the small one.
    const asha = createPruner('asha', { reduction: 3 }, 9);
    for (let i = 1; i <= 9; i++) asha.record(scalar(i, 1, 0.1 * i, 1 - 0.1 * i));
    expect(asha.decide(scalar(10, 1, 0.95, 0.05))).toBe('prune');
  });

  it('fills the places behind the first front in order of crowding', () => {
    const pruner = createPruner('moasha', { reduction: 2 }, 9);
    pruner.record(scalar(1, 1, 0, 0));
    for (let i = 2; i <= 5; i++) pruner.record(scalar(i, 1, 0.1 * i, 1 - 0.1 * i));
    // Six trials, three places, one taken by trial 1: the two ends of the second front have them.
    expect(pruner.decide(scalar(6, 1, 0.1, 0.95))).toBe('continue');
    expect(pruner.decide(scalar(6, 1, 0.35, 0.65))).toBe('prune');
  });
});

describe('Hyperband', () => {
  it('has brackets that decide late: some trials survive their first epochs unseen', () => {
    const pruner = createPruner('hyperband', {}, 9);
    for (let trial = 1; trial <= 60; trial++) pruner.record(scalar(trial, 1, 0.1));
    const decisions = Array.from({ length: 60 }, (_, i) => pruner.decide(scalar(100 + i, 1, 0.9)));
    const pruned = decisions.filter((d) => d === 'prune').length;
    // Three brackets of a grace of 1, 3 and 9 epochs with shares 9 : 5 : 3.
    expect(pruned / 60).toBeCloseTo(9 / 17, 1);
  });
});

describe('median', () => {
  it('compares the best so far with the median of the running averages', () => {
    const pruner = createPruner('median', { startup: 3 }, 9);
    [0.2, 0.4, 0.6].forEach((v, i) => {
      pruner.record(scalar(i + 1, 1, v + 0.2));
      pruner.record(scalar(i + 1, 2, v));
    });
    // Averages up to epoch 2 are 0.3, 0.5 and 0.7.
    expect(pruner.decide(scalar(4, 2, 0.5))).toBe('continue');
    expect(pruner.decide(scalar(4, 2, 0.51))).toBe('prune');
    pruner.record(scalar(4, 1, 0.45));
    expect(pruner.decide(scalar(4, 2, 0.51))).toBe('continue');
  });
});
