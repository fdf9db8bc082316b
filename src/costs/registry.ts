import type { ModelSpec } from '../models/ModelSpec.js';
import { bytes, weightBytes } from './bytes.js';
import { formatMilliseconds } from '../core/units.js';
import {
  cannotRun,
  isLatency,
  type CostModel,
  type CostName,
  type Costs,
  type CountedCost,
  type WeightFormat,
} from './CostModel.js';
import { countMacs, macs } from './macs.js';
import { memory, peakMemory } from './memory.js';
import { countParams, params } from './params.js';

/** Every cost by name. A new one is one file and one line. */
export const costModels = { bytes, params, macs, memory } as const satisfies Record<CountedCost, CostModel>;

/** All counted costs of a model, from its architecture alone; microseconds. @throws NasDistillError MODEL */
export function estimateCosts(model: ModelSpec, weights: WeightFormat): Costs {
  return {
    bytes: weightBytes(model, weights),
    params: countParams(model),
    macs: countMacs(model),
    memory: peakMemory(model),
  };
}

/** A cost for the eye, such as `1.25 MB`, `3.1 MMACs` or `4.20 ms`. */
export function formatCost(metric: CostName, value: number): string {
  if (isLatency(metric)) return value >= cannotRun ? 'cannot run' : formatMilliseconds(value);
  return costModels[metric].format(value);
}
