import { z } from 'zod';
import { crowdingDistance, dominates, nonDominatedSort } from '../core/pareto.js';
import type { Rng } from '../core/rng.js';
import { Proposals } from './Proposals.js';
import type { FinishedTrial } from './Sampler.js';
import { defineSampler } from './defineSampler.js';

interface Ranked {
  readonly trial: FinishedTrial;
  readonly rank: number;
  readonly crowding: number;
}

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
        const usable = trial.objectives.length > 0 && trial.objectives.every(Number.isFinite);
        if (trial.state !== 'COMPLETE' || !usable) return;
        population = select([...population.map((p) => p.trial), trial], size);
      },
      pending: (architecture, id) => proposals.propose(architecture, id),
    };
  },
});

function tournament(population: readonly Ranked[], rng: Rng): Ranked {
  const a = rng.pick(population);
  const b = rng.pick(population);
  if (a.rank !== b.rank) return a.rank < b.rank ? a : b;
  return a.crowding >= b.crowding ? a : b;
}

/** The best `size` trials by constrained non-domination, ties of the last front cut by crowding. */
function select(trials: readonly FinishedTrial[], size: number): Ranked[] {
  const points = trials.map((t) => t.objectives);
  const excess = trials.map((t) => t.violations.reduce((a, b) => a + b, 0));
  const fronts = nonDominatedSort(points, (i, j) => {
    if (excess[i] !== excess[j]) return excess[i] < excess[j];
    return dominates(points[i], points[j]);
  });
  const ranked = fronts.flatMap((indices, rank) => {
    const crowding = crowdingDistance(indices.map((i) => points[i]));
    const members = indices.map((i, k): Ranked => ({ trial: trials[i], rank, crowding: crowding[k] }));
    return members.sort((a, b) => b.crowding - a.crowding);
  });
  return ranked.slice(0, size);
}
