import { z } from 'zod';
import { Proposals } from './Proposals.js';
import { defineSampler } from './defineSampler.js';

/** Random search: independent draws among the architectures that fit. */
export const random = defineSampler({
  name: 'random',
  summary: 'independent random architectures within the budget',
  options: z.strictObject({}),
  create(context) {
    const proposals = new Proposals(context);
    return {
      ask: () => proposals.random(proposals.nextRng()),
      tell: (trial) => proposals.end(trial.id),
      pending: (architecture, id) => proposals.propose(architecture, id),
      withdraw: (id) => proposals.withdraw(id),
    };
  },
});
