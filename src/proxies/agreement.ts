import { kendallTau } from '../core/kendallTau.js';
import type { Rng } from '../core/rng.js';

/** How well a score ranks trained students. */
export interface Agreement {
  /** How many students it could score. */
  readonly students: number;
  /** Kendall's tau-b with their accuracy; null where it has none (fewer than 3, all ties). */
  readonly tau: number | null;
  /** 95 % of the taus of students drawn anew with replacement (percentile bootstrap); null where tau is. */
  readonly interval: readonly [number, number] | null;
}

/** Draws of the bootstrap; fewer for many students, as tau is quadratic in them and the interval is narrow there. */
function draws(students: number): number {
  return Math.max(100, Math.min(1000, Math.floor(1e8 / students ** 2)));
}

/** @param scores undefined: left out, with its accuracy */
export function agreementOf(
  scores: readonly (number | undefined)[],
  accuracies: readonly number[],
  rng: Rng,
): Agreement {
  const pairs = scores.flatMap((score, i): [number, number][] => (score === undefined ? [] : [[score, accuracies[i]]]));
  const tauOf = (drawn: readonly [number, number][]) =>
    kendallTau(
      drawn.map(([score]) => score),
      drawn.map(([, accuracy]) => accuracy),
    );
  const students = pairs.length;
  const tau = students < 3 ? NaN : tauOf(pairs);
  if (!Number.isFinite(tau)) return { students, tau: null, interval: null };
  const taus = Array.from({ length: draws(students) }, () => tauOf(pairs.map(() => rng.pick(pairs))))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  if (taus.length === 0) return { students, tau, interval: null };
  const at = (share: number) => taus[Math.min(taus.length - 1, Math.floor(share * taus.length))];
  return { students, tau, interval: [at(0.025), at(0.975)] };
}
