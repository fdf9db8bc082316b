import { createRng } from '../core/rng.js';
import { violations } from '../costs/budgets.js';
import type { Architecture } from '../spaces/SearchSpace.js';
import type { Trial } from '../store/types.js';
import { scaledCost } from './scaledCost.js';
import type { SearchParts } from './SearchParts.js';
import type { TrialPruner } from './TrialPruner.js';
import { stopsOf, type TrialStop } from './trialStops.js';
import type { TrialWaves } from './TrialWaves.js';

function tellRelatives({ relatives, space }: SearchParts, trial: Trial): void {
  relatives?.release(trial.number);
  if (trial.state !== 'COMPLETE') return;
  const { number, architecture, spec, metrics, rungs, costs } = trial;
  const { accuracy, scratch_accuracy: scratch } = metrics;
  if (scratch !== undefined) {
    relatives?.judge?.tell({ inherited: accuracy, scratch, macs: costs.macs, params: costs.params });
  }
  relatives?.tell({
    trial: number,
    codes: space.encode(architecture),
    spec,
    accuracy: metrics.accuracy,
    epochs: (rungs.at(-1)?.epoch ?? 0) + (metrics.inherited_epochs ?? 0),
  });
}

/** The proposal as the guide wants it; the sampler hears if that is another. */
export async function refined(
  { guide, sampler, space }: SearchParts,
  proposal: Architecture,
  seed: string,
): Promise<Architecture> {
  if (guide === undefined) return proposal;
  const chosen = await guide.refine(proposal, createRng(seed));
  const [before, now] = [space.id(proposal), space.id(chosen)];
  if (before === now) return proposal;
  sampler.withdraw(before);
  sampler.pending(chosen, now);
  return chosen;
}

/**
 * A trial that ended or paused: the sampler, the guide and those who may inherit from it hear of it. Of one that paused the sampler
 * hears what a pruned one would have brought, and again when it went further.
 */
export function tell(parts: SearchParts, trial: Trial): void {
  if (trial.origin === 'baseline') return; // not a point of the space
  if (trial.state !== 'PAUSED') {
    parts.guide?.tell(trial);
    tellRelatives(parts, trial);
  }
  const { state } = trial;
  if (state === 'WAITING' || state === 'RUNNING' || state === 'INFEASIBLE') return;
  const costs = parts.costs.map((name) => scaledCost(trial.costs, name));
  parts.sampler.tell({
    architecture: trial.architecture,
    id: trial.architectureId,
    state: state === 'PAUSED' ? 'PRUNED' : state,
    objectives: state === 'FAILED' ? [] : [1 - trial.metrics.accuracy, ...costs],
    rungs: trial.rungs.map((rung) => [1 - rung.metrics.accuracy, ...costs]),
    violations: [...violations(trial.costs, parts.budgets)],
  });
}

/** On resume: what happened before happens again for those that only remember, in the same order. */
export function replay(
  parts: SearchParts,
  past: readonly Trial[],
  waves: TrialWaves | undefined,
  pruning: TrialPruner,
): void {
  const searched = past.filter((trial) => trial.origin !== 'baseline');
  for (const trial of searched) parts.seen.add(trial.architectureId);
  const stops = past.flatMap(stopsOf).filter(({ wave }) => waves?.told(wave) ?? true);
  stops.sort(waves ? byWave : (a, b) => a.at - b.at || a.trial.number - b.trial.number);
  const now = new Map(past.map((trial) => [trial.number, trial]));
  for (const { trial } of stops) {
    pruning.onStop(trial);
    tell(parts, trial);
    // It went on since, or will at once.
    const { state, checkpoint } = now.get(trial.number) ?? trial;
    const waits = state === 'PAUSED' && checkpoint === trial.rungs.at(-1)?.epoch;
    if (trial.state === 'PAUSED' && !waits) pruning.onLeave(trial);
  }
  const told = new Set(stops.map(({ trial }) => trial.number));
  for (const trial of searched) {
    if (!told.has(trial.number)) parts.sampler.pending(trial.architecture, trial.architectureId);
    if (trial.finishedAt === null) parts.relatives?.hold(trial.number);
  }
}

function byWave(a: TrialStop, b: TrialStop): number {
  return (a.wave ?? -1) - (b.wave ?? -1) || a.trial.number - b.trial.number;
}
