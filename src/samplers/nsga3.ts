import type { Point } from '../core/pareto.js';
import type { FinishedTrial } from './Sampler.js';
import { defineSampler } from './defineSampler.js';
import { evolutionOptions, evolve } from './evolution.js';
import { constrainedFronts } from './ranking.js';

/**
 * NSGA-III (Deb and Jain 2014, doi:10.1109/TEVC.2013.2281535): non-dominated sorting, ties of the last front cut by niches
 * around evenly spread directions in normalised objectives, which keeps three and more objectives apart where crowding
 * does not; parents are drawn uniformly. In steady state: see `evolve`. Departure: objectives are normalised by the ideal
 * point and the worst values of the first front instead of the hyperplane through extreme points, which degenerates in
 * small populations.
 */
export const nsga3 = defineSampler({
  name: 'nsga3',
  summary: 'evolution by non-dominated sorting and reference directions (NSGA-III)',
  paper: 'doi:10.1109/TEVC.2013.2281535',
  options: evolutionOptions,
  create(context, options) {
    let directions: readonly Point[] = [];
    return evolve<FinishedTrial>(context, options, {
      survive(population, newcomer, size) {
        if (directions.length === 0) directions = referenceDirections(newcomer.objectives.length, size);
        return survivors([...population, newcomer], size, directions);
      },
      parent: (population, rng) => rng.pick(population).architecture,
    });
  },
});

/** At most `count` points evenly on the simplex (Das and Dennis 1998): all of i/p that sum to 1. Exported for its test. */
export function referenceDirections(objectives: number, count: number): Point[] {
  if (objectives === 1) return [[1]];
  let divisions = 1;
  while (binomial(divisions + objectives, objectives - 1) <= count) divisions++;
  const out: Point[] = [];
  const fill = (head: readonly number[], left: number) => {
    if (head.length === objectives - 1) out.push([...head, left].map((v) => v / divisions));
    else for (let i = 0; i <= left; i++) fill([...head, i], left - i);
  };
  fill([], divisions);
  return out;
}

function binomial(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i;
  return Math.round(result);
}

/** Whole fronts while they fit; from the first that does not, members of the emptiest niches, nearest first. */
function survivors(trials: readonly FinishedTrial[], size: number, directions: readonly Point[]): FinishedTrial[] {
  if (trials.length <= size) return [...trials];
  const fronts = constrainedFronts(trials);
  const ideal = trials[0].objectives.map((_, m) => Math.min(...trials.map((t) => t.objectives[m])));
  const nadir = ideal.map((_, m) => Math.max(...fronts[0].map((i) => trials[i].objectives[m])));
  const niches = trials.map(({ objectives }) => {
    const f = objectives.map((v, m) => (v - ideal[m]) / Math.max(nadir[m] - ideal[m], 1e-12));
    return nearest(f, directions);
  });
  const kept: number[] = [];
  const filled = directions.map(() => 0);
  const keep = (i: number) => {
    kept.push(i);
    filled[niches[i].direction]++;
  };
  for (const indices of fronts) {
    if (kept.length + indices.length <= size) {
      indices.forEach(keep);
      continue;
    }
    const left = new Set(indices);
    while (kept.length < size) {
      const next = [...left].reduce((a, b) => {
        const [na, nb] = [niches[a], niches[b]];
        const emptier = filled[na.direction] - filled[nb.direction];
        return emptier < 0 || (emptier === 0 && na.distance <= nb.distance) ? a : b;
      });
      left.delete(next);
      keep(next);
    }
    break;
  }
  return kept.map((i) => trials[i]);
}

/** The direction whose ray passes nearest to the point, and how near. Plain loops: it is most of what a trial costs here. */
function nearest(f: Point, directions: readonly Point[]): { direction: number; distance: number } {
  let best = 0;
  let least = Infinity;
  for (let k = 0; k < directions.length; k++) {
    const d = directions[k];
    let [norm, along] = [0, 0];
    for (let m = 0; m < d.length; m++) {
      norm += d[m] * d[m];
      along += f[m] * d[m];
    }
    along /= norm;
    let square = 0;
    for (let m = 0; m < d.length; m++) square += (f[m] - along * d[m]) ** 2;
    if (square < least) [best, least] = [k, square];
  }
  return { direction: best, distance: Math.sqrt(least) };
}
