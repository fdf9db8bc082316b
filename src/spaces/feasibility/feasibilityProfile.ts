import { NasDistillError } from '../../core/errors.js';
import type { Rng } from '../../core/rng.js';
import type { Architecture, SearchSpace } from '../SearchSpace.js';
import type { CostValues, Limit } from './Limit.js';
import { totalViolation } from './Limit.js';
import { minimise } from './minimise.js';
import { describeCost, suggestBudget } from './suggestBudget.js';

export interface CostRange {
  readonly smallest: number;
  readonly median: number;
  readonly largest: number;
}

export interface FeasibilityProfile {
  readonly space: string;
  /** Number of architectures in the space, exact. */
  readonly count: bigint;
  /** How many random architectures the medians and shares come from. */
  readonly samples: number;
  /** For every metric; the ends are the best that the search found. */
  readonly costs: Readonly<Record<string, CostRange>>;
  readonly budgets: readonly {
    readonly limit: Limit;
    readonly met: boolean;
    /** Share of the random architectures that meet it. */
    readonly share: number;
  }[];
  /** All budgets at once. */
  readonly together: { readonly met: boolean; readonly share: number; readonly nearest: Architecture };
}

/**
 * What a space costs and whether budgets can be met, before anything is trained: the median of random samples,
 * the ends of every cost by coordinate descent from the most extreme samples.
 */
export function feasibilityProfile(
  space: SearchSpace,
  cost: (architecture: Architecture) => CostValues,
  limits: readonly Limit[],
  rng: Rng,
  options: { samples?: number } = {},
): FeasibilityProfile {
  const count = options.samples ?? 500;
  const drawn = Array.from({ length: count }, () => {
    const architecture = space.sample(rng);
    return { architecture, costs: cost(architecture) };
  });
  const costs: Record<string, CostRange> = {};
  for (const metric of Object.keys(drawn[0].costs)) {
    drawn.sort((a, b) => a.costs[metric] - b.costs[metric]);
    const at = (sign: number) => (a: Architecture) => sign * cost(a)[metric];
    const down = minimise(space, drawn[0].architecture, at(1), rng).score;
    const up = -minimise(space, drawn[count - 1].architecture, at(-1), rng).score;
    costs[metric] = { smallest: down, median: drawn[Math.floor(count / 2)].costs[metric], largest: up };
  }
  const share = (fits: (c: CostValues) => boolean) => drawn.filter((d) => fits(d.costs)).length / count;
  const budgets = limits.map((limit) => ({
    limit,
    met: (costs[limit.metric]?.smallest ?? Infinity) <= limit.limit,
    share: share((c) => c[limit.metric] <= limit.limit),
  }));
  return {
    space: space.name,
    count: space.count(),
    samples: count,
    costs,
    budgets,
    together: { ...nearestTo(space, cost, limits, rng), share: share((c) => totalViolation(c, limits) === 0) },
  };
}

function nearestTo(
  space: SearchSpace,
  cost: (architecture: Architecture) => CostValues,
  limits: readonly Limit[],
  rng: Rng,
): { met: boolean; nearest: Architecture } {
  const excess = (a: Architecture) => totalViolation(cost(a), limits);
  let best = minimise(space, space.reference, excess, rng, { enough: 0 });
  for (let i = 0; i < 5 && best.score > 0; i++) {
    const next = minimise(space, space.sample(rng), excess, rng, { enough: 0 });
    if (next.score < best.score) best = next;
  }
  return { met: best.score <= 0, nearest: best.architecture };
}

/**
 * @throws NasDistillError INFEASIBLE if no architecture meets a budget, or all of them at once; names the nearest
 * budget that can be met.
 */
export function requireFeasible(profile: FeasibilityProfile, nearestCosts: CostValues): void {
  const broken = profile.budgets.filter((b) => !b.met);
  if (broken.length > 0) {
    const parts = broken.map(({ limit }) => {
      const smallest = profile.costs[limit.metric].smallest;
      return `${limit.text} (the smallest architecture needs ${describeCost(limit.metric, smallest)})`;
    });
    const tries = broken.map(({ limit }) => suggest(limit, profile.costs[limit.metric].smallest));
    throw new NasDistillError('INFEASIBLE', `no architecture of ${profile.space} fits ${parts.join(' and ')}`, {
      hint: `Try ${tries.join(' ')}, or another space.`,
    });
  }
  if (profile.together.met) return;
  const texts = profile.budgets.map((b) => b.limit.text).join(' and ');
  const tries = profile.budgets.map(({ limit }) =>
    nearestCosts[limit.metric] > limit.limit ? suggest(limit, nearestCosts[limit.metric]) : `--budget ${limit.text}`,
  );
  const message = `no architecture of ${profile.space} was found that fits ${texts} together, though each alone can be met`;
  throw new NasDistillError('INFEASIBLE', message, { hint: `The nearest that can be met: ${tries.join(' ')}` });
}

function suggest(limit: Limit, value: number): string {
  return `--budget ${suggestBudget(limit.metric, value)}`;
}
