import { describe, expect, it } from 'vitest';
import { NasDistillError } from '../../src/core/errors.js';
import { createRng } from '../../src/core/rng.js';
import type { Pruner, PrunerEntry, RungReport } from '../../src/pruners/Pruner.js';
import { pruners } from '../../src/pruners/registry.js';
import { ladderLevels } from '../../src/pruners/ladder.js';
import { createPruner } from '../../src/search/createPruner.js';

const epochs = 9;
/** A made-up study: errors that fall with the epochs, costs that trade against them; worse trials as the number rises. */
const reportOf = (trial: number, epoch: number): RungReport => {
  const rng = createRng(`pruner/${trial}`);
  const cost = rng.uniform();
  return { trial, epoch, objectives: [0.2 + 0.5 * rng.uniform() - 0.2 * cost + 0.5 * 0.6 ** epoch, cost] };
};

/**
 * Runs trials side by side in rounds, each until it is pruned or pauses; then those that may go on; returns the epochs that each
 * trained.
 */
function play(pruner: Pruner, trials: number, order: (n: number[]) => number[] = (n) => n): number[] {
  const trained = Array.from({ length: trials }, () => 0);
  for (let start = 0; start < trials; start += 4) {
    let open = order([0, 1, 2, 3].map((i) => start + i).filter((i) => i < trials));
    for (let epoch = 1; epoch <= epochs; epoch++) open = open.filter((i) => train(pruner, i, epoch, trained));
    goOn(pruner, trained, false);
  }
  goOn(pruner, trained, true);
  return trained;
}

/** One epoch of trial i + 1; whether it trains on. */
function train(pruner: Pruner, i: number, epoch: number, trained: number[]): boolean {
  trained[i] = epoch;
  const report = reportOf(i + 1, epoch);
  const decision = epoch < epochs ? pruner.decide(report) : 'prune';
  pruner.record(report);
  if (decision === 'pause') pruner.waiting?.enter({ trial: i + 1, epoch });
  return decision === 'continue';
}

/** Those that wait and may go on, one after the other. */
function goOn(pruner: Pruner, trained: number[], last: boolean): void {
  for (let next = pruner.waiting?.next(last); next !== undefined; next = pruner.waiting?.next(last)) {
    pruner.waiting?.leave(next);
    let epoch = next.epoch + 1;
    while (train(pruner, next.trial - 1, epoch, trained)) epoch++;
  }
}

describe.each(Object.entries<PrunerEntry>(pruners))('the contract: %s', (name, entry) => {
  it('decides alike each time, and alike after a resume that records the stored rungs in any order', () => {
    const first = entry.create({ epochs });
    const trained = play(first, 40);
    expect(play(entry.create({ epochs }), 40)).toEqual(trained);
    const stored = trained.flatMap((last, i) => Array.from({ length: last }, (_, e) => reportOf(i + 1, e + 1)));
    const resumed = entry.create({ epochs });
    for (const report of createRng('order').shuffle(stored)) resumed.record(report);
    trained.forEach((epoch, i) => {
      if (epoch < epochs) resumed.waiting?.enter({ trial: i + 1, epoch });
    });
    expect(resumed.waiting?.next(true)).toEqual(first.waiting?.next(true));
    for (let trial = 41; trial < 60; trial++) {
      for (let epoch = 1; epoch < epochs; epoch++) {
        expect(resumed.decide(reportOf(trial, epoch))).toBe(first.decide(reportOf(trial, epoch)));
      }
    }
  });

  it(name === 'none' ? 'prunes nothing' : 'gives up some, not all', () => {
    const trained = play(entry.create({ epochs }), 40);
    const whole = trained.filter((e) => e === epochs).length;
    if (name === 'none') expect(whole).toBe(40);
    else {
      expect(whole).toBeGreaterThan(3);
      expect(whole).toBeLessThan(36);
    }
  });

  it('says beforehand after which epochs a trial may stop, and not after each', () => {
    const pruner = entry.create({ epochs });
    const said: boolean[] = [];
    const decide: Pruner['decide'] = (report) => {
      const decision = pruner.decide(report);
      const may = pruner.mayStop(report.trial, report.epoch);
      if (decision !== 'continue') expect(may).toBe(true);
      said.push(may);
      return decision;
    };
    play({ ...pruner, decide }, 40);
    expect(said.includes(true)).toBe(name !== 'none');
    expect(said.includes(false)).toBe(name !== 'median');
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
  expect(ladderLevels(1, 3, 27)).toEqual([1, 3, 9]);
  expect(ladderLevels(1, 3, 28)).toEqual([1, 3, 9, 27]);
  expect(ladderLevels(2, 1.5, 9)).toEqual([2, 3, 5, 7]);
  expect(ladderLevels(5, 3, 5)).toEqual([]);
});

const scalar = (trial: number, epoch: number, value: number, cost = 0): RungReport => ({
  trial,
  epoch,
  objectives: [value, cost],
});

describe('ASHA', () => {
  it('lets the best third go on, by hand', () => {
    const pruner = createPruner('asha', { reduction: 3, pause: false }, 9);
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

describe('ASHA with pauses', () => {
  it('promotes as algorithm 2 of the paper does, by hand', () => {
    const pruner = createPruner('asha', { reduction: 3 }, 9);
    const room = pruner.waiting ?? expect.fail('no waiting room');
    const report = (trial: number, epoch: number, value: number) => {
      const decision = pruner.decide(scalar(trial, epoch, value));
      pruner.record(scalar(trial, epoch, value));
      if (decision === 'pause') room.enter({ trial, epoch });
      return decision;
    };
    // One third of one and of two is nobody.
    expect([report(1, 1, 0.5), report(2, 1, 0.4)]).toEqual(['pause', 'pause']);
    expect(room.next(false)).toBeUndefined();
    // Of three the best: not the newcomer but the second.
    expect(report(3, 1, 0.6)).toBe('pause');
    expect(room.next(false)).toEqual({ trial: 2, epoch: 1 });
    room.leave({ trial: 2, epoch: 1 });
    expect(room.next(false)).toBeUndefined();
    // Let through before: it goes on if it must run again.
    expect(pruner.decide(scalar(2, 1, 0.4))).toBe('continue');
    expect(report(2, 3, 0.3)).toBe('pause');
    // A newcomer that is the best of four goes on at once; who was promoted keeps their place among those that came.
    expect(report(4, 1, 0.1)).toBe('continue');
    expect([report(5, 1, 0.55), report(6, 1, 0.2)]).toEqual(['pause', 'continue']);
    expect(room.next(false)).toBeUndefined();
    // Of nine three: the next best that waits, and the highest level comes first.
    for (const trial of [7, 8, 9]) report(trial, 1, 0.9);
    expect(room.next(false)).toBeUndefined();
    expect([report(4, 3, 0.2), report(6, 3, 0.35)]).toEqual(['pause', 'pause']);
    expect(room.next(false)).toEqual({ trial: 4, epoch: 3 });
    room.leave({ trial: 4, epoch: 3 });
    expect(room.next(false)).toBeUndefined();
    for (const trial of [10, 11, 12]) report(trial, 1, 0.9);
    expect(room.next(false)).toEqual({ trial: 1, epoch: 1 });
  });

  it('at the end lets the best of each level go on, however few came', () => {
    const pruner = createPruner('asha', {}, 9);
    for (const [trial, value] of [
      [1, 0.5],
      [2, 0.4],
    ] as const) {
      pruner.record(scalar(trial, 1, value));
      pruner.waiting?.enter({ trial, epoch: 1 });
    }
    expect(pruner.waiting?.next(false)).toBeUndefined();
    expect(pruner.waiting?.next(true)).toEqual({ trial: 2, epoch: 1 });
    pruner.waiting?.leave({ trial: 2, epoch: 1 });
    expect(pruner.waiting?.next(true)).toBeUndefined();
  });
});

describe('MO-ASHA with pauses', () => {
  it('promotes whom the growing level has a place for, the least crowded first, and the first front at once', () => {
    const pruner = createPruner('moasha', { reduction: 3 }, 9);
    const room = pruner.waiting ?? expect.fail('no waiting room');
    const report = (trial: number, value: number, cost: number) => {
      const decision = pruner.decide(scalar(trial, 1, value, cost));
      pruner.record(scalar(trial, 1, value, cost));
      if (decision === 'pause') room.enter({ trial, epoch: 1 });
      return decision;
    };
    expect([report(1, 0.1, 0.1), report(2, 0.05, 0.2)]).toEqual(['continue', 'continue']);
    // A second front of three, which no place is left for until nine came.
    expect([report(3, 0.2, 0.3), report(4, 0.25, 0.25), report(5, 0.3, 0.2)]).toEqual(['pause', 'pause', 'pause']);
    expect([6, 7, 8].map((trial) => report(trial, 0.9, 0.9))).toEqual(['pause', 'pause', 'pause']);
    expect(room.next(false)).toBeUndefined();
    report(9, 0.9, 0.95);
    expect(room.next(false)).toEqual({ trial: 3, epoch: 1 });
    room.leave({ trial: 3, epoch: 1 });
    // The other end of that front is not less crowded than it: both are at its edge.
    expect(room.next(false)).toEqual({ trial: 5, epoch: 1 });
    room.leave({ trial: 5, epoch: 1 });
    expect(room.next(false)).toBeUndefined();
  });
});

describe('MO-ASHA', () => {
  it('keeps every trial of the first front, prunes what others beat in all objectives', () => {
    const pruner = createPruner('moasha', { reduction: 3, pause: false }, 9);
    for (let i = 1; i <= 9; i++) pruner.record(scalar(i, 1, 0.1 * i, 1 - 0.1 * i));
    expect(pruner.decide(scalar(10, 1, 0.95, 0.05))).toBe('continue');
    // In the middle of the front, where it is most crowded, and ten trials share three places.
    expect(pruner.decide(scalar(10, 1, 0.55, 0.44))).toBe('continue');
    expect(pruner.decide(scalar(10, 1, 0.55, 0.95))).toBe('prune');
    // ASHA with the same reports gives up the small one.
    const asha = createPruner('asha', { reduction: 3, pause: false }, 9);
    for (let i = 1; i <= 9; i++) asha.record(scalar(i, 1, 0.1 * i, 1 - 0.1 * i));
    expect(asha.decide(scalar(10, 1, 0.95, 0.05))).toBe('prune');
  });

  it('fills the places behind the first front in order of crowding', () => {
    const pruner = createPruner('moasha', { reduction: 2, pause: false }, 9);
    pruner.record(scalar(1, 1, 0, 0));
    for (let i = 2; i <= 5; i++) pruner.record(scalar(i, 1, 0.1 * i, 1 - 0.1 * i));
    // Six trials, three places, one taken by trial 1: the two ends of the second front have them.
    expect(pruner.decide(scalar(6, 1, 0.1, 0.95))).toBe('continue');
    expect(pruner.decide(scalar(6, 1, 0.35, 0.65))).toBe('prune');
  });
});

describe('Hyperband', () => {
  it('has brackets that decide late: some trials survive their first epochs unseen', () => {
    const pruner = createPruner('hyperband', { pause: false }, 9);
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
