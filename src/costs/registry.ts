import type { ModelSpec } from '../models/ModelSpec.js';
import { bytes, weightBytes } from './bytes.js';
import type { CostModel, CostName, Costs, WeightFormat } from './CostModel.js';
import { countMacs, macs } from './macs.js';
import { memory, peakMemory } from './memory.js';
import { countParams, params } from './params.js';

/** Every cost by name. A new one is one file and one line. */
export const costModels = { bytes, params, macs, memory } as const satisfies Record<CostName, CostModel>;

/** All costs of a model, from its architecture alone; microseconds. @throws NasDistillError MODEL */
export function estimateCosts(model: ModelSpec, weights: WeightFormat): Costs {
  return {
    bytes: weightBytes(model, weights),
    params: countParams(model),
    macs: countMacs(model),
    memory: peakMemory(model),
  };
}

/** A cost for the eye, such as `1.25 MB` or `3.1 MMACs`. */
export function formatCost(metric: CostName, value: number): string {
  return costModels[metric].format(value);
}
