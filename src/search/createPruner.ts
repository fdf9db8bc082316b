import { NasDistillError } from '../core/errors.js';
import type { Pruner, PrunerEntry } from '../pruners/Pruner.js';
import { autoPruner } from '../pruners/auto.js';
import { pruners } from '../pruners/registry.js';

/** The pruner of that name. @throws NasDistillError CONFIG if there is none, or for its options */
export function createPruner(asked: string, options: unknown, epochs: number): Pruner {
  const name = asked === 'auto' ? autoPruner(epochs) : asked;
  const registry: Record<string, PrunerEntry> = pruners;
  if (!Object.hasOwn(registry, name)) {
    throw new NasDistillError('CONFIG', `unknown pruner "${name}"`, {
      hint: `Use one of: auto, ${Object.keys(pruners).join(', ')}.`,
    });
  }
  return registry[name].create({ epochs }, options);
}
