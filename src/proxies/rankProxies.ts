import type { Rng } from '../core/rng.js';
import { agreementOf, type Agreement } from './agreement.js';

/** A trained student with everything that may rank it. */
export interface RankedStudent {
  readonly accuracy: number;
  readonly costs: { readonly macs: number; readonly params: number };
  /** Scores by the proxies' names; undefined where one says nothing of it. */
  readonly scores: Readonly<Record<string, number | undefined>>;
}

export interface RankedProxy extends Agreement {
  readonly name: string;
  /** Whether its tau is above those of MACs and parameters; null for these two. */
  readonly beats: boolean | null;
}

/** The yardsticks: a proxy that ranks no better than the size of a student says nothing new. */
export const yardsticks = ['macs', 'params'] as const;

/** Each proxy's own Kendall tau within a study, next to the taus of MACs and parameters. */
export function rankProxies(students: readonly RankedStudent[], names: readonly string[], rng: Rng): RankedProxy[] {
  const accuracies = students.map(({ accuracy }) => accuracy);
  const agree = (name: string, scores: (number | undefined)[]) => ({
    name,
    ...agreementOf(scores, accuracies, rng.fork(name)),
  });
  const costs = yardsticks.map((name) => agree(name, students.map((s) => s.costs[name]))); // prettier-ignore
  const bar = Math.max(0, ...costs.map(({ tau }) => tau ?? 0));
  const ranked = names.map((name) => agree(name, students.map(({ scores }) => scores[name]))); // prettier-ignore
  return [
    ...costs.map((cost) => ({ ...cost, beats: null })),
    ...ranked.map((proxy) => ({ ...proxy, beats: proxy.tau !== null && proxy.tau > bar })),
  ];
}
