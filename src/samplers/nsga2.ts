import type { Rng } from '../core/rng.js';
import { defineSampler } from './defineSampler.js';
import { evolutionOptions, evolve } from './evolution.js';
import { ranked, wins, type Ranked } from './ranking.js';

/**
 * NSGA-II (Deb et al. 2002, doi:10.1109/4235.996017): rank by constrained non-domination, then by crowding; binary
 * tournaments. In steady state: see `evolve`.
 */
export const nsga2 = defineSampler({
  name: 'nsga2',
  summary: 'evolution by non-dominated sorting and crowding (NSGA-II)',
  paper: 'doi:10.1109/4235.996017',
  options: evolutionOptions,
  create: (context, options) =>
    evolve<Ranked>(context, options, {
      survive: (population, newcomer, size) => ranked([...population.map((p) => p.trial), newcomer]).slice(0, size),
      parent: (population, rng) => tournament(population, rng).trial.architecture,
    }),
});

function tournament(population: readonly Ranked[], rng: Rng): Ranked {
  const a = rng.pick(population);
  const b = rng.pick(population);
  return wins(a, b) ? a : b;
}
