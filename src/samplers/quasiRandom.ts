import { z } from 'zod';
import type { Rng } from '../core/rng.js';
import { Proposals } from './Proposals.js';
import { defineSampler } from './defineSampler.js';

const tries = 256;

/**
 * Quasi-random search: points of a scrambled Halton sequence (Owen 2017, arXiv:1706.02808: every digit of choice d goes
 * through a random permutation of its own), each choice's value picked by its coordinate, so that the values of each
 * choice, and of pairs of choices, come about equally often in any stretch of the study. Departures: points that fall on an
 * inactive choice, a known architecture or outside the budget are skipped; a budget that few points meet ends in random ones.
 */
export const quasiRandom = defineSampler({
  name: 'quasi-random',
  summary: 'evenly spread architectures within the budget (scrambled Halton sequence)',
  paper: 'arXiv:1706.02808',
  options: z.strictObject({}),
  create(context) {
    const { space } = context;
    const proposals = new Proposals(context);
    const choices = space.choices.filter((choice) => choice.values.length > 1);
    const scramble = context.rng.fork('halton');
    const axes = firstPrimes(choices.length).map((base, d) => haltonAxis(base, scramble.fork(d)));
    return {
      ask() {
        const rng = proposals.nextRng();
        for (let i = 0; i < tries && choices.length > 0; i++) {
          const index = proposals.size + i;
          const values = Object.fromEntries(
            choices.map(({ name, values: all }, d) => [name, all[Math.floor(axes[d](index) * all.length)]]),
          );
          const accepted = proposals.accept(space.complete(values, rng));
          if (accepted !== undefined) return accepted;
        }
        return proposals.random(rng);
      },
      tell: (trial) => proposals.end(trial.id),
      pending: (architecture, id) => proposals.propose(architecture, id),
      withdraw: (id) => proposals.withdraw(id),
    };
  },
});

/**
 * One coordinate of the sequence: the digits of the index in `base`, mirrored at the point, each place with a random
 * permutation. Exported for its test.
 */
export function haltonAxis(base: number, rng: Rng): (index: number) => number {
  const digits = Array.from({ length: base }, (_, i) => i);
  // As many places as float64 can tell apart.
  const places = Math.ceil(52 / Math.log2(base));
  const permutations = Array.from({ length: places }, () => rng.shuffle(digits));
  return (index) => {
    let value = 0;
    let weight = 1 / base;
    let rest = index;
    for (const permutation of permutations) {
      value += permutation[rest % base] * weight;
      rest = Math.floor(rest / base);
      weight /= base;
    }
    return Math.min(value, 1 - 2 ** -53);
  };
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  return primes;
}
