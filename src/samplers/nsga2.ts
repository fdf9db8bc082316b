import { z } from 'zod';
import type { Rng } from '../core/rng.js';
import { Proposals } from './Proposals.js';
import { defineSampler } from './defineSampler.js';
import { isComplete, ranked, wins, type Ranked } from './ranking.js';

const childTries = 24;

/**
 * NSGA-II (Deb et al. 2002, doi:10.1109/4235.996017): rank by constrained non-domination, then by crowding; binary
 * tournaments, crossover, mutation of each choice with probability 1/n. Steady state instead of generations, so that
 * workers never wait: every finished trial joins the population at once and the worst one leaves. Departures: a
 * child always differs from its parents by at least one mutation, and duplicates and architectures over the budget are
 * drawn again, at last replaced by a random one.
 */
export const nsga2 = defineSampler({
  name: 'nsga2',
  summary: 'evolution by non-dominated sorting and crowding (NSGA-II)',
  paper: 'doi:10.1109/4235.996017',
  options: z.strictObject({
    population: z.number().int().min(4).max(1000).optional().describe('default: a quarter of the trials, 8 to 50'),
    crossover: z.number().min(0).max(1).default(0.9).describe('share of children with two parents'),
  }),
  create(context, options) {
    const { space } = context;
    const planned = Math.floor((context.trials ?? 200) / 4);
    const size = options.population ?? Math.min(50, Math.max(8, planned));
    const proposals = new Proposals(context);
    let population: readonly Ranked[] = [];

    const child = (rng: Rng) => {
      const first = tournament(population, rng).trial.architecture;
      if (rng.uniform() >= options.crossover) return space.mutate(first, rng);
      const second = tournament(population, rng).trial.architecture;
      return space.mutate(space.crossover(first, second, rng), rng);
    };

    return {
      ask() {
        const rng = proposals.nextRng();
        if (proposals.size >= size && population.length >= 2) {
          for (let i = 0; i < childTries; i++) {
            const accepted = proposals.accept(child(rng));
            if (accepted !== undefined) return accepted;
          }
        }
        return proposals.random(rng);
      },
      tell(trial) {
        proposals.end(trial.id);
        if (isComplete(trial)) population = ranked([...population.map((p) => p.trial), trial]).slice(0, size);
      },
      pending: (architecture, id) => proposals.propose(architecture, id),
    };
  },
});

function tournament(population: readonly Ranked[], rng: Rng): Ranked {
  const a = rng.pick(population);
  const b = rng.pick(population);
  return wins(a, b) ? a : b;
}
