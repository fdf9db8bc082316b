import type { Rng } from '../core/rng.js';
import type { Architecture, SearchSpace } from '../spaces/SearchSpace.js';

export interface Scored {
  readonly architecture: Architecture;
  readonly score: number;
}

/**
 * The best architectures within a budget by their scores: a local search from the best of many random ones, as scores cost no
 * training. @param propose a random one that fits @param fits whether one is within the budget
 */
export function bestWithin(options: {
  space: Pick<SearchSpace, 'id' | 'mutate'>;
  score(architecture: Architecture): number;
  fits(architecture: Architecture): boolean;
  propose(rng: Rng): Architecture | undefined;
  rng: Rng;
  looks: number;
  count: number;
}): Scored[] {
  const { space, score, fits, propose, rng, looks, count } = options;
  const known = new Map<string, Scored>();
  const look = (architecture: Architecture | undefined) => {
    if (architecture === undefined) return;
    const id = space.id(architecture);
    if (!known.has(id) && fits(architecture)) known.set(id, { architecture, score: score(architecture) });
  };
  const best = (n: number) => [...known.values()].sort((a, b) => a.score - b.score).slice(0, n);
  for (let i = 0; i < looks / 4; i++) look(propose(rng.fork(`random/${i}`)));
  const rounds = 24;
  for (let round = 0; round < rounds; round++) {
    const parents = best(20);
    if (parents.length === 0) return [];
    for (let i = 0; i < (0.75 * looks) / rounds; i++) {
      const draw = rng.fork(`near/${round}/${i}`);
      look(space.mutate(draw.pick(parents).architecture, draw));
    }
  }
  return best(count);
}
