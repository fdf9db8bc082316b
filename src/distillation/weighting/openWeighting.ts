import { NasDistillError } from '../../core/errors.js';
import type { Named } from '../TrainingConfig.js';
import { weightings } from './registry.js';
import type { Weighting, WeightingEntry } from './Weighting.js';

/** The weighting that a recipe names; fixed if it names none. @throws NasDistillError CONFIG */
export function openWeighting({ name, options }: Named = { name: 'fixed' }): Weighting {
  const registry: Record<string, WeightingEntry> = weightings;
  if (!Object.hasOwn(registry, name)) {
    throw new NasDistillError('CONFIG', `unknown weighting "${name}"`, {
      hint: `Known: ${Object.keys(weightings).join(', ')}.`,
    });
  }
  return registry[name].create(options);
}
