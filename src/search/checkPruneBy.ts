import { NasDistillError } from '../core/errors.js';
import type { SearchSpace } from '../spaces/SearchSpace.js';
import type { StudyConfig } from './StudyConfig.js';

/**
 * A pruner may compare students by their training loss (docs/ablation.md has what it tells), but only where the loss means the same
 * for all.
 * @throws NasDistillError CONFIG where an architecture chooses its own losses or training, or the losses' weights are learnt
 */
export function checkPruneBy({ pruneBy, recipe }: Pick<StudyConfig, 'pruneBy' | 'recipe'>, space: SearchSpace): void {
  if (pruneBy === 'accuracy') return;
  const fail = (why: string) =>
    new NasDistillError('CONFIG', `pruneBy: loss compares training losses, and ${why}`, {
      hint: 'Use pruneBy: accuracy.',
    });
  const chosen = space.choices.find(({ affects, values }) => affects === 'recipe' && values.length > 1);
  if (chosen !== undefined) throw fail(`in space ${space.name} they depend on the choice ${chosen.name}`);
  const weightings = [recipe?.weighting, ...(recipe?.stages ?? []).map((stage) => stage.weighting)];
  const learnt = weightings.find((weighting) => weighting !== undefined && weighting.name !== 'fixed');
  if (learnt !== undefined) throw fail(`the recipe's weighting ${learnt.name} gives each student weights of its own`);
}
