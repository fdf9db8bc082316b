import { crowdingDistance, dominates, nonDominatedSort } from '../core/pareto.js';
import type { FinishedTrial } from './Sampler.js';

export interface Ranked {
  readonly trial: FinishedTrial;
  /** Front that it belongs to, from 0. */
  readonly rank: number;
  readonly crowding: number;
}

/** True for a trial that trained to its end and has numbers: what may stand in a population. */
export function isComplete(trial: FinishedTrial): boolean {
  return trial.state === 'COMPLETE' && hasNumbers(trial);
}

export function hasNumbers(trial: FinishedTrial): boolean {
  return trial.objectives.length > 0 && trial.objectives.every(Number.isFinite);
}

/** Fronts of indices by constrained non-domination (Deb et al. 2002): less excess over the budgets first, then Pareto. */
export function constrainedFronts(trials: readonly FinishedTrial[]): number[][] {
  const points = trials.map((t) => t.objectives);
  const excess = trials.map((t) => t.violations.reduce((a, b) => a + b, 0));
  return nonDominatedSort(points, (i, j) => {
    if (excess[i] !== excess[j]) return excess[i] < excess[j];
    return dominates(points[i], points[j]);
  });
}

/** All trials, best first: by front, within a front by crowding distance. */
export function ranked(trials: readonly FinishedTrial[]): Ranked[] {
  return constrainedFronts(trials).flatMap((indices, rank) => {
    const crowding = crowdingDistance(indices.map((i) => trials[i].objectives));
    const members = indices.map((i, k): Ranked => ({ trial: trials[i], rank, crowding: crowding[k] }));
    return members.sort((a, b) => b.crowding - a.crowding);
  });
}

/** True if `a` wins a tournament against `b`. */
export function wins(a: Ranked, b: Ranked): boolean {
  return a.rank !== b.rank ? a.rank < b.rank : a.crowding >= b.crowding;
}
