import { z } from 'zod';
import type { Rng } from '../core/rng.js';
import type { Architecture } from '../spaces/SearchSpace.js';
import { Proposals } from './Proposals.js';
import type { FinishedTrial, Sampler, SamplerContext } from './Sampler.js';
import { isComplete } from './ranking.js';

const childTries = 24;

/** Options of the NSGA family. */
export const evolutionOptions = z.strictObject({
  population: z.number().int().min(4).max(1000).optional().describe('default: a quarter of the trials, 8 to 50'),
  crossover: z.number().min(0).max(1).default(0.9).describe('share of children with two parents'),
});

/** What one algorithm of the family decides. */
export interface Selection<Member> {
  /** The population after a trial: whoever survives of it and the newcomer. */
  readonly survive: (population: readonly Member[], newcomer: FinishedTrial, size: number) => readonly Member[];
  readonly parent: (population: readonly Member[], rng: Rng) => Architecture;
}

/**
 * Evolution in steady state instead of generations, so that workers never wait: every finished trial joins the population
 * at once and the worst one leaves. Crossover, then mutation of each choice with probability 1/n. Departures from the
 * papers: a child always differs from its parents by at least one mutation, and duplicates and architectures over the
 * budget are drawn again, at last replaced by a random one.
 */
export function evolve<Member>(
  context: SamplerContext,
  options: z.output<typeof evolutionOptions>,
  { survive, parent }: Selection<Member>,
): Sampler {
  const { space } = context;
  const planned = Math.floor((context.trials ?? 200) / 4);
  const size = options.population ?? Math.min(50, Math.max(8, planned));
  const proposals = new Proposals(context);
  let population: readonly Member[] = [];

  const child = (rng: Rng) => {
    const first = parent(population, rng);
    if (rng.uniform() >= options.crossover) return space.mutate(first, rng);
    return space.mutate(space.crossover(first, parent(population, rng), rng), rng);
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
      if (isComplete(trial)) population = survive(population, trial, size);
    },
    pending: (architecture, id) => proposals.propose(architecture, id),
    withdraw: (id) => proposals.withdraw(id),
  };
}
