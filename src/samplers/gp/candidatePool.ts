import type { Rng } from '../../core/rng.js';
import type { Architecture, SearchSpace } from '../../spaces/SearchSpace.js';

export interface PooledCandidate {
  readonly architecture: Architecture;
  /** Index of the parent that it has most from; undefined for a random one. */
  readonly parent: number | undefined;
}

/** Architectures to score: children of the parents, by mutation and crossover, and random ones. */
export function candidatePool(
  space: SearchSpace,
  parents: readonly Architecture[],
  count: number,
  rng: Rng,
): PooledCandidate[] {
  return Array.from({ length: count }, (_, i) => {
    if (parents.length === 0 || i % 4 === 3) return { architecture: space.sample(rng), parent: undefined };
    const parent = rng.int(parents.length);
    if (i % 4 !== 2) return { architecture: space.mutate(parents[parent], rng), parent };
    return { architecture: space.crossover(parents[parent], rng.pick(parents), rng), parent };
  });
}
