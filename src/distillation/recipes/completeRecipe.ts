import type { Named } from '../TrainingConfig.js';
import type { CompleteRecipe, Recipe } from './Recipe.js';

/** An optimiser and the peak learning rate that goes with it. */
export interface Descent {
  readonly optimiser: Named;
  readonly learningRate: number;
}

/** Where neither a study nor its space says more. */
export const ownDescent = {
  optimiser: { name: 'adamw', options: { weightDecay: 0.05 } },
  learningRate: 1e-2,
} satisfies Descent;

/** A recipe with the optimiser and the rate that it leaves open: both of them the given ones, or its own with a rate of 0.01. */
export function completeRecipe(recipe: Recipe, descent: Descent = ownDescent): CompleteRecipe {
  const { optimiser, learningRate } = recipe;
  if (optimiser === undefined && learningRate === undefined) return { ...recipe, ...descent };
  return {
    ...recipe,
    optimiser: optimiser ?? ownDescent.optimiser,
    learningRate: learningRate ?? ownDescent.learningRate,
  };
}
