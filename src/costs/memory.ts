import { formatBytes } from '../core/units.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { analyse } from './analyse.js';
import type { CostModel } from './CostModel.js';

/**
 * Peak bytes of live activations, batch 1, float32 whatever the weights' format: in the order of layers that takes the least,
 * elementwise layers in place; see liveness.ts.
 */
export const memory: CostModel = {
  metric: 'memory',
  unit: 'B',
  title: 'peak activation memory',
  estimate: peakMemory,
  format: formatBytes,
};

export function peakMemory(model: ModelSpec): number {
  return 4 * analyse(model).peakValues;
}
