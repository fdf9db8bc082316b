import { z } from 'zod';
import { definePruner } from './definePruner.js';
import { createLadder, ladderOptions } from './ladder.js';
import { ScalarStanding } from './ScalarStanding.js';

export const scalarLadderOptions = {
  ...ladderOptions,
  objective: z.number().int().min(0).max(9).default(0).describe('which objective counts: 0 is the one that is learnt'),
};

/**
 * ASHA (Li et al. 2020, arXiv:1810.05934), asynchronous successive halving: see `createLadder`. It knows one objective: beside a
 * cost it gives up the small students first, for which there is moasha.
 */
export const asha = definePruner({
  name: 'asha',
  summary: 'successive halving by one objective, asynchronous (ASHA)',
  paper: 'arXiv:1810.05934',
  options: z.strictObject(scalarLadderOptions),
  create: ({ epochs }, options) => createLadder(epochs, options, () => new ScalarStanding(options.objective)),
});
