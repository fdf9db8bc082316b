import { createRng, type Rng } from '../core/rng.js';

/**
 * A generator that starts anew from a given seed whenever told: the sampler draws proposal n from (study seed, n), so
 * that a resumed study proposes what an uninterrupted one would have.
 */
export function reseedableRng(): Rng & { reseed(seed: string): void } {
  let current = createRng('unseeded');
  return {
    reseed: (seed) => {
      current = createRng(seed);
    },
    uniform: () => current.uniform(),
    int: (n) => current.int(n),
    normal: () => current.normal(),
    pick: (items) => current.pick(items),
    shuffle: (items) => current.shuffle(items),
    fork: (label) => current.fork(label),
  };
}
