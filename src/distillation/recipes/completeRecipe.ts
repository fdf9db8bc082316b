import type { Named } from '../TrainingConfig.js';
import type { CompleteRecipe, Recipe } from './Recipe.js';

/** An optimiser and the peak learning rate that goes with it. */
export interface OptimiserSetting {
  readonly optimiser: Named;
  readonly learningRate: number;
}

/** Where neither a study nor its space says more. */
export const ownOptimiser = {
  optimiser: { name: 'adamw', options: { weightDecay: 0.05 } },
  learningRate: 1e-2,
} satisfies OptimiserSetting;

/** A recipe with the optimiser and the rate that it leaves open: both of them the given ones, or its own with a rate of 0.01. */
export function completeRecipe(recipe: Recipe, setting: OptimiserSetting = ownOptimiser): CompleteRecipe {
  const { optimiser, learningRate } = recipe;
  if (optimiser === undefined && learningRate === undefined) return { ...recipe, ...setting };
  return {
    ...recipe,
    optimiser: optimiser ?? ownOptimiser.optimiser,
    learningRate: learningRate ?? ownOptimiser.learningRate,
  };
}
