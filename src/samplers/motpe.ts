import { z } from 'zod';
import { hypervolume } from '../core/pareto.js';
import type { Rng } from '../core/rng.js';
import type { Architecture, ChoiceValue } from '../spaces/SearchSpace.js';
import { Proposals } from './Proposals.js';
import type { FinishedTrial } from './Sampler.js';
import { defineSampler } from './defineSampler.js';
import { hypervolumeSubset } from './hypervolumeSubset.js';
import { constrainedFronts, hasNumbers, ranked } from './ranking.js';

/** Trials among which the good ones are looked for; the good of 100,000 trials are among the best few hundred. */
const elite = 120;

/**
 * Multi-objective TPE (Ozaki, Tanigaki, Watanabe, Onishi 2020, doi:10.1145/3377930.3389817): trials are split into good
 * and other ones by non-dominated rank, the last front by hypervolume; values are drawn from their share among the good,
 * weighted by hypervolume contribution, and the candidate with the greatest likelihood ratio of good to other is taken. Choices
 * are categorical; one that is inactive in a trial learns nothing from it. Departures: pending trials count as other ones
 * (constant liar), failed ones too; the good are looked for among the best 120 ranked trials; several candidates are kept,
 * so that duplicates and those over the budget fall back to the next best.
 */
export const motpe = defineSampler({
  name: 'motpe',
  summary: 'tree-structured Parzen estimators of good and other choices (MOTPE)',
  paper: 'doi:10.1145/3377930.3389817',
  options: z.strictObject({
    startup: z.number().int().min(2).max(1000).default(10).describe('random trials at first'),
    candidates: z.number().int().min(1).max(1000).default(48).describe('architectures compared for a proposal'),
    share: z.number().min(0.01).max(0.5).default(0.15).describe('share of the trials that are good; 25 at most'),
    prior: z.number().min(0.01).max(10).default(1).describe('weight of the uniform prior, in trials'),
  }),
  create(context, options) {
    const { space } = context;
    const choices = space.choices.filter((choice) => choice.values.length > 1);
    const proposals = new Proposals(context);
    const everything = new Shares(choices);
    const counted = new Set<string>();
    let pool: FinishedTrial[] = [];
    let usable = 0;

    const draw = (good: Shares, other: Shares, rng: Rng): Architecture[] => {
      const scored = Array.from({ length: options.candidates }, () => {
        const values = Object.fromEntries(choices.map((c) => [c.name, good.draw(c.name, options.prior, rng)]));
        const architecture = space.complete(values, rng);
        const score =
          good.logLikelihood(architecture, options.prior) - other.logLikelihood(architecture, options.prior);
        return { architecture, score };
      });
      return scored.sort((a, b) => b.score - a.score).map(({ architecture }) => architecture);
    };

    return {
      ask() {
        const rng = proposals.nextRng();
        if (proposals.size >= options.startup && usable >= 2) {
          const good = new Shares(choices);
          const other = everything.copy();
          const best = goodOf(pool, Math.min(25, Math.ceil(options.share * usable)));
          for (const { trial, weight } of best) {
            good.add(trial.architecture, weight);
            other.add(trial.architecture, -1);
          }
          for (const pending of proposals.pending) other.add(pending, 1);
          for (const architecture of draw(good, other, rng)) {
            const accepted = proposals.accept(architecture);
            if (accepted !== undefined) return accepted;
          }
        }
        return proposals.random(rng);
      },
      tell(trial) {
        proposals.end(trial.id);
        // Of one that paused it was told before.
        if (!counted.has(trial.id)) everything.add(trial.architecture, 1);
        counted.add(trial.id);
        if (!hasNumbers(trial) || trial.state !== 'COMPLETE') return;
        usable++;
        pool.push(trial);
        if (pool.length > 2 * elite)
          pool = ranked(pool)
            .slice(0, elite)
            .map((r) => r.trial);
      },
      pending: (architecture, id) => proposals.propose(architecture, id),
      withdraw: (id) => proposals.withdraw(id),
    };
  },
});

/** The good trials, each with its share of the hypervolume; the largest weighs 1. */
function goodOf(pool: readonly FinishedTrial[], count: number): { trial: FinishedTrial; weight: number }[] {
  const chosen: number[] = [];
  const points = pool.map((t) => t.objectives);
  const worst = points[0].map((_, m) => Math.max(...points.map((p) => p[m])));
  const ideal = points[0].map((_, m) => Math.min(...points.map((p) => p[m])));
  const reference = worst.map((w, m) => w + 0.1 * (w - ideal[m]) + 1e-12);
  for (const indices of constrainedFronts(pool)) {
    const places = count - chosen.length;
    if (places <= 0) break;
    const front = indices.map((i) => points[i]);
    const kept =
      indices.length <= places ? indices : hypervolumeSubset(front, places, reference).map((k) => indices[k]);
    chosen.push(...kept);
  }
  const good = chosen.map((i) => points[i]);
  const whole = hypervolume(good, reference);
  const shares = good.map(
    (_, k) =>
      whole -
      hypervolume(
        good.filter((_, j) => j !== k),
        reference,
      ),
  );
  const largest = Math.max(...shares);
  return chosen.map((i, k) => ({ trial: pool[i], weight: largest > 0 ? Math.max(0.1, shares[k] / largest) : 1 }));
}

/** How often each value of each choice occurred, weighted. */
class Shares {
  private readonly counts: Map<string, { values: readonly ChoiceValue[]; weights: Float64Array }>;

  constructor(choices: readonly { name: string; values: readonly ChoiceValue[] }[]) {
    this.counts = new Map(
      choices.map(({ name, values }) => [name, { values, weights: new Float64Array(values.length) }]),
    );
  }

  copy(): Shares {
    const out = new Shares([]);
    for (const [name, { values, weights }] of this.counts) out.counts.set(name, { values, weights: weights.slice() });
    return out;
  }

  add({ choices }: Architecture, weight: number): void {
    for (const [name, { values, weights }] of this.counts) {
      if (Object.hasOwn(choices, name)) weights[values.indexOf(choices[name])] += weight;
    }
  }

  draw(name: string, prior: number, rng: Rng): ChoiceValue {
    const { values, weights } = this.of(name);
    const each = prior / values.length;
    let left = rng.uniform() * weights.reduce((sum, w) => sum + w + each, 0);
    for (let i = 0; i < values.length - 1; i++) {
      left -= weights[i] + each;
      if (left < 0) return values[i];
    }
    return values[values.length - 1];
  }

  logLikelihood({ choices }: Architecture, prior: number): number {
    let sum = 0;
    for (const [name, { values, weights }] of this.counts) {
      if (!Object.hasOwn(choices, name)) continue;
      const total = weights.reduce((a, b) => a + b, prior);
      sum += Math.log((weights[values.indexOf(choices[name])] + prior / values.length) / total);
    }
    return sum;
  }

  private of(name: string) {
    const counts = this.counts.get(name);
    if (counts === undefined) throw new RangeError(`no choice ${name}`);
    return counts;
  }
}
