import { z } from 'zod';
import { definePruner } from './definePruner.js';
import { FrontStanding } from './FrontStanding.js';
import { createLadder, ladderOptions } from './ladder.js';

/**
 * MO-ASHA (Schmucker, Donini, Zafar, Salinas, Archambeau 2021, arXiv:2106.12639): ASHA whose order at a level is the
 * non-dominated sort of what the trials reached there, so that a small student is compared with what its size can do.
 * Departures: ties within a front are broken by crowding distance (as in NSGA-II) instead of the epsilon net; and every
 * trial of the first front goes on, as it would be in the final front if nothing changed.
 */
export const moasha = definePruner({
  name: 'moasha',
  summary: 'successive halving by non-dominated sorting of all objectives (MO-ASHA)',
  paper: 'arXiv:2106.12639',
  options: z.strictObject(ladderOptions),
  create: ({ epochs }, options) => createLadder(epochs, options, () => new FrontStanding()),
});
