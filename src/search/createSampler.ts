import { NasDistillError } from '../core/errors.js';
import type { Budget, CostName } from '../costs/CostModel.js';
import { violations } from '../costs/budgets.js';
import type { Architecture, SearchSpace } from '../spaces/SearchSpace.js';
import { feasibleSampler } from '../spaces/feasibility/feasibleSampler.js';
import { samplers } from '../samplers/registry.js';
import type { Sampler, SamplerEntry } from '../samplers/Sampler.js';
import type { Costs } from '../costs/CostModel.js';
import { reseedableRng } from './reseedable.js';
import { scaledCost } from './scaledCost.js';
import type { StudyConfig } from './StudyConfig.js';

/** Makes the study's sampler, with its budget, its seed and the ids that must not come again. */
export function createSampler(parts: {
  config: StudyConfig;
  space: SearchSpace;
  budgets: readonly Budget[];
  /** The costs that are minimised beside the accuracy. */
  costs: readonly CostName[];
  builder: { costs(architecture: Architecture): Costs };
  seen: ReadonlySet<string>;
}): { sampler: Sampler; reseed: (seed: string) => void } {
  const { config, space, budgets, costs, builder, seen } = parts;
  const registry: Record<string, SamplerEntry> = samplers;
  const entry = Object.hasOwn(registry, config.sampler) ? registry[config.sampler] : undefined;
  if (entry === undefined) {
    throw new NasDistillError('CONFIG', `unknown sampler "${config.sampler}"`, {
      hint: `Use one of: ${Object.keys(samplers).join(', ')}.`,
    });
  }
  const rng = reseedableRng();
  const violation = (architecture: Architecture) =>
    violations(builder.costs(architecture), budgets).reduce((a, b) => a + b, 0);
  // What a sampler draws when it is made belongs to the study, not to a proposal.
  rng.reseed(`${config.seed}/sampler`);
  const sampler = entry.create(
    {
      space,
      rng,
      trials: config.trials,
      violation,
      seen: (id) => seen.has(id),
      known: (architecture) => {
        const all = builder.costs(architecture);
        return [undefined, ...costs.map((name) => scaledCost(all, name))];
      },
      propose: feasibleSampler(space, violation),
    },
    config.samplerOptions,
  );
  return { sampler, reseed: rng.reseed };
}
