import { z } from 'zod';
import type { Pruner, WaitingTrial } from './Pruner.js';
import type { Standing } from './Standing.js';

export const ladderOptions = {
  grace: z.number().int().min(1).default(1).describe('epochs before the first decision'),
  reduction: z.number().min(1.5).max(16).default(3).describe('one in this many goes on at each level'),
  pause: z.boolean().default(true).describe('what does not go on waits and may go on later; false: it is pruned'),
};

export interface LadderOptions {
  readonly grace: number;
  readonly reduction: number;
  readonly pause: boolean;
}

/** Epochs after which it is decided: grace, grace * reduction, grace * reduction², ... below the last epoch. */
export function ladderLevels(grace: number, reduction: number, epochs: number): number[] {
  const levels: number[] = [];
  // Rounded up, so that a level is a whole epoch; rounding may make two of them one.
  for (let level = grace; Math.ceil(level) < epochs; level *= reduction) {
    if (levels.at(-1) !== Math.ceil(level)) levels.push(Math.ceil(level));
  }
  return levels;
}

/**
 * Asynchronous successive halving over any order of the trials at a level. With `pause` it is the promotion of ASHA (Li et al.
 * 2020, arXiv:1810.05934, algorithm 2): a trial goes on once it is among the best 1/reduction of all that came that far, and
 * waits until then. Departures: a trial that may go on when it reports does so at once, as it is on a worker already; when no new
 * trial will come the best of each level goes on even where fewer than `reduction` came, so that a short study has results.
 * Without `pause` it is the stopping form: who is not among them is pruned, and while fewer than `reduction` came all go on.
 */
export function createLadder(
  epochs: number,
  { grace, reduction, pause }: LadderOptions,
  standing: () => Standing,
): Pruner {
  const levels = new Map(ladderLevels(grace, reduction, epochs).map((level) => [level, standing()]));
  const places = (count: number, last: boolean) => {
    if (!pause && count < reduction) return count;
    return Math.max(last ? 1 : 0, Math.floor(count / reduction));
  };
  const decide: Pruner['decide'] = ({ trial, epoch, objectives }) => {
    const level = levels.get(epoch);
    if (level === undefined) return 'continue';
    const known = level.has(trial);
    // It runs again, after its process died or its checkpoint was lost, and was let through before.
    if (pause && known && !level.waits(trial)) return 'continue';
    const count = level.size + (known ? 0 : 1);
    if (level.admits(trial, objectives, places(count, false))) return 'continue';
    return pause ? 'pause' : 'prune';
  };
  const record: Pruner['record'] = ({ trial, epoch, objectives }) => {
    const level = levels.get(epoch);
    if (level !== undefined && !level.has(trial)) level.add(trial, objectives);
  };
  const mayStop: Pruner['mayStop'] = (_trial, epoch) => levels.has(epoch);
  if (!pause) return { decide, mayStop, record };
  return {
    decide,
    mayStop,
    record,
    waiting: {
      enter: ({ trial, epoch }) => levels.get(epoch)?.enter(trial),
      leave: ({ trial, epoch }) => levels.get(epoch)?.leave(trial),
      next(last) {
        for (const epoch of [...levels.keys()].reverse()) {
          const level = levels.get(epoch);
          const trial = level?.next(places(level.size, last));
          if (trial !== undefined) return { trial, epoch } satisfies WaitingTrial;
        }
        return undefined;
      },
    },
  };
}
