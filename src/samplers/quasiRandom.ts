import { z } from 'zod';
import type { Rng } from '../core/rng.js';
import type { Architecture, ChoiceValue } from '../spaces/SearchSpace.js';
import { Proposals } from './Proposals.js';
import type { SamplerContext } from './Sampler.js';
import { defineSampler } from './defineSampler.js';

/** Points of the sequence that are looked at for a proposal. */
const tries = 32;
/** Random architectures that tell how tight the budget is. */
const probes = 48;
/** Where so many of them fit, points that do not are skipped for the next one; elsewhere they are moved into the budget. */
const roomy = 0.2;
const skips = 8;
const anchorCount = 16;

/**
 * Quasi-random search: points of a scrambled Halton sequence (Owen 2017, arXiv:1706.02808: every digit of choice d goes
 * through a random permutation of its own), each choice's value picked by its coordinate, so that the values of each
 * choice, and of pairs of choices, come about equally often in any stretch of the study. Departures: points that fall on an
 * inactive choice or a known architecture are skipped; one outside the budget is skipped, too, or under a tight budget takes as
 * many choices, in random order, of a random architecture that fits as it takes to fit: a bisection, so that a proposal
 * costs the same however few architectures fit.
 */
export const quasiRandom = defineSampler({
  name: 'quasi-random',
  summary: 'evenly spread architectures within the budget (scrambled Halton sequence)',
  paper: 'arXiv:1706.02808',
  options: z.strictObject({}),
  create(context) {
    const { space, violation } = context;
    const proposals = new Proposals(context);
    const choices = space.choices.filter((choice) => choice.values.length > 1);
    const scramble = context.rng.fork('halton');
    const axes = firstPrimes(choices.length).map((base, d) => haltonAxis(base, scramble.fork(d)));
    const survey = context.rng.fork('survey');
    let surveyed: { readonly tight: boolean; readonly anchors: readonly Architecture[] } | undefined;

    const point = (index: number): Record<string, ChoiceValue> =>
      Object.fromEntries(
        choices.map(({ name, values }, d) => [name, values[Math.floor(axes[d](index) * values.length)]]),
      );

    /** The point with the fewest of the anchor's choices under which a bisection finds it to fit. */
    const moved = (values: Readonly<Record<string, ChoiceValue>>, anchor: Architecture, rng: Rng): Architecture => {
      const order = rng.shuffle(Object.keys(anchor.choices).filter((name) => values[name] !== anchor.choices[name]));
      const mixed = (count: number) => {
        const taken = Object.fromEntries(order.slice(0, count).map((name) => [name, anchor.choices[name]]));
        return space.complete({ ...anchor.choices, ...values, ...taken }, rng);
      };
      let best = anchor;
      let [low, high] = [0, order.length];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        const candidate = mixed(middle);
        if (violation(candidate) > 0) low = middle;
        else [best, high] = [candidate, middle];
      }
      return best;
    };

    return {
      ask() {
        const rng = proposals.nextRng();
        surveyed ??= takeSurvey(context, survey);
        const { tight, anchors } = surveyed;
        for (let i = 0; i < tries && choices.length > 0; i++) {
          const values = point(proposals.size + i);
          const accepted = proposals.accept(space.complete(values, rng));
          if (accepted !== undefined) return accepted;
          if (anchors.length === 0 || (!tight && i < skips)) continue;
          const near = proposals.accept(moved(values, rng.pick(anchors), rng));
          if (near !== undefined) return near;
        }
        return proposals.random(rng);
      },
      tell: (trial) => proposals.end(trial.id),
      pending: (architecture, id) => proposals.propose(architecture, id),
      withdraw: (id) => proposals.withdraw(id),
    };
  },
});

/** How tight the budget is, and architectures that fit. */
function takeSurvey({ space, violation, propose }: SamplerContext, rng: Rng) {
  const fitting = Array.from({ length: probes }, () => space.sample(rng)).filter((a) => violation(a) === 0);
  const more = Array.from({ length: Math.max(0, anchorCount - fitting.length) }, () => propose(rng));
  const anchors = [...fitting, ...more.filter((a) => a !== undefined)];
  return { tight: fitting.length < roomy * probes, anchors };
}

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
