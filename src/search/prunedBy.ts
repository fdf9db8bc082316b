import type { SearchSpace } from '../spaces/SearchSpace.js';
import type { StudyConfig } from './StudyConfig.js';

/**
 * What the study's pruner compares students by. `auto` is the mean training loss of the epoch, where it means the same for all: under
 * a high learning rate it ranks the students after one or three epochs far better than the validation accuracy then does, and costs
 * nothing (docs/ablation.md). Where an architecture chooses its own losses or images, or their weights are learnt, it is the accuracy.
 */
export function prunedBy(
  { pruneBy, recipe }: Pick<StudyConfig, 'pruneBy' | 'recipe'>,
  space: SearchSpace,
): 'accuracy' | 'loss' {
  if (pruneBy !== 'auto') return pruneBy;
  const chosen = space.choices.some(({ affects, values }) => affects === 'recipe' && values.length > 1);
  const weightings = [recipe?.weighting, ...(recipe?.stages ?? []).map((stage) => stage.weighting)];
  const learnt = weightings.some((weighting) => weighting !== undefined && weighting.name !== 'fixed');
  return chosen || learnt ? 'accuracy' : 'loss';
}
