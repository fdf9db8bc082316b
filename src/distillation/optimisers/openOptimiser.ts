import { NasDistillError } from '../../core/errors.js';
import type { Named } from '../TrainingConfig.js';
import type { Optimiser, OptimiserEntry } from './Optimiser.js';
import { optimisers } from './registry.js';

/** The optimiser that a recipe names. @throws NasDistillError CONFIG */
export function openOptimiser({ name, options }: Named): Optimiser {
  const registry: Record<string, OptimiserEntry> = optimisers;
  if (!Object.hasOwn(registry, name)) {
    throw new NasDistillError('CONFIG', `unknown optimiser "${name}"`, {
      hint: `Known: ${Object.keys(optimisers).join(', ')}.`,
    });
  }
  return registry[name].create(options);
}
