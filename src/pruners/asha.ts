import { z } from 'zod';
import { definePruner } from './definePruner.js';
import type { Pruner } from './Pruner.js';
import { RungLadder } from './RungLadder.js';

export const ladderOptions = {
  grace: z.number().int().min(1).default(1).describe('epochs before the first decision'),
  reduction: z.number().min(1.5).max(16).default(3).describe('one in this many goes on at each level'),
  objective: z.number().int().min(0).max(9).default(0).describe('which objective counts: 0 is the one that is learnt'),
};

/**
 * ASHA (Li et al. 2020, arXiv:1810.05934), asynchronous successive halving in its stopping form: at epochs grace,
 * grace * reduction, ... a trial goes on if it is among the best 1/reduction of all that came that far, itself included.
 * Departures: trials are stopped and never paused and promoted; while fewer than `reduction` trials came that far all go on.
 * It knows one objective: beside a cost it prunes the small students first, for which there is moasha.
 */
export const asha = definePruner({
  name: 'asha',
  summary: 'successive halving by one objective, asynchronous (ASHA)',
  paper: 'arXiv:1810.05934',
  options: z.strictObject(ladderOptions),
  create: ({ epochs }, options) => createAsha(epochs, options),
});

export function createAsha(
  epochs: number,
  { grace, reduction, objective }: { grace: number; reduction: number; objective: number },
): Pruner {
  const ladder = new RungLadder(grace, reduction, epochs);
  return {
    record: (report) => ladder.record(report),
    decide(report) {
      if (!ladder.isLevel(report.epoch)) return 'continue';
      const others = ladder.others(report);
      const mine = report.objectives[objective];
      const better = others.filter((r) => r.objectives[objective] < mine).length;
      return better < survivors(others.length + 1, reduction) ? 'continue' : 'prune';
    },
  };
}

/** How many of `count` go on: all while they are fewer than `reduction`. */
export function survivors(count: number, reduction: number): number {
  return count < reduction ? count : Math.floor(count / reduction);
}
