import type { SearchParts } from './SearchParts.js';
import { storedTrial } from './storedTrial.js';
import type { TrialPruner } from './TrialPruner.js';

/** The search is over: what still waits was never worth more training. */
export function giveUpWaiting(parts: SearchParts, pruning: TrialPruner): void {
  const { store, study, checkpoints } = parts;
  for (const trial of store.trials(study).filter(({ state }) => state === 'PAUSED')) {
    const epochs = trial.rungs.at(-1)?.epoch ?? 0;
    store.abandon(study, trial.number, `pruned: not among the best after ${epochs} of ${parts.config.epochs} epochs`);
    checkpoints?.ended(trial.number);
    pruning.onLeave(trial);
    parts.relatives?.release(trial.number);
    parts.events?.finished?.(storedTrial(parts, trial.number));
  }
}
