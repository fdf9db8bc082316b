import { z } from 'zod';
import { Proposals } from './Proposals.js';
import type { FinishedTrial } from './Sampler.js';
import { defineSampler } from './defineSampler.js';
import { isComplete, ranked } from './ranking.js';

const childTries = 24;

/**
 * Regularised evolution (Real, Aggarwal, Huang, Le 2019, arXiv:1802.01548): the best of a random sample of the population
 * is mutated, and the oldest member dies, however good it is. Departures: several objectives, so that the best of a
 * sample is the first by non-dominated rank and crowding; duplicates and architectures over the budget are drawn again.
 */
export const regularised = defineSampler({
  name: 'regularised',
  summary: 'evolution in which the oldest dies (regularised evolution)',
  paper: 'arXiv:1802.01548',
  options: z.strictObject({
    population: z.number().int().min(4).max(1000).optional().describe('default: a fifth of the trials, 10 to 100'),
    sample: z.number().int().min(2).max(1000).optional().describe('default: a quarter of the population'),
  }),
  create(context, options) {
    const planned = Math.floor((context.trials ?? 200) / 5);
    const size = options.population ?? Math.min(100, Math.max(10, planned));
    const sample = options.sample ?? Math.max(2, Math.ceil(size / 4));
    const proposals = new Proposals(context);
    let population: readonly FinishedTrial[] = [];
    return {
      ask() {
        const rng = proposals.nextRng();
        if (proposals.size >= size && population.length >= 2) {
          for (let i = 0; i < childTries; i++) {
            const drawn = Array.from({ length: sample }, () => rng.pick(population));
            const parent = ranked([...new Set(drawn)])[0].trial.architecture;
            const accepted = proposals.accept(context.space.mutate(parent, rng));
            if (accepted !== undefined) return accepted;
          }
        }
        return proposals.random(rng);
      },
      tell(trial) {
        proposals.end(trial.id);
        if (isComplete(trial)) population = [...population, trial].slice(-size);
      },
      pending: (architecture, id) => proposals.propose(architecture, id),
      withdraw: (id) => proposals.withdraw(id),
    };
  },
});
