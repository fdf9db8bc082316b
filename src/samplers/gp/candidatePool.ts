import type { Rng } from '../../core/rng.js';
import type { Architecture, SearchSpace } from '../../spaces/SearchSpace.js';

/** Architectures to score: children of the parents, by mutation and crossover, and random ones. */
export function candidatePool(
  space: SearchSpace,
  parents: readonly Architecture[],
  count: number,
  rng: Rng,
): Architecture[] {
  return Array.from({ length: count }, (_, i) => {
    if (parents.length === 0 || i % 4 === 3) return space.sample(rng);
    const parent = rng.pick(parents);
    if (i % 4 === 2) return space.crossover(parent, rng.pick(parents), rng);
    return space.mutate(parent, rng);
  });
}
