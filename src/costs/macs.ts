import { formatCount } from '../core/units.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { analyse } from './analyse.js';
import type { CostModel } from './CostModel.js';

/**
 * Multiply-accumulates of one forward pass, batch 1: convolutions, depthwise convolutions, dense layers, attention's four
 * projections and two products. Bias, norms, activations, pooling and resizing count 0. Windows over the border count in
 * full, as the usual counters do.
 */
export const macs: CostModel = {
  metric: 'macs',
  unit: 'MACs',
  title: 'multiply-accumulates',
  estimate: countMacs,
  format: (value) => formatCount(value, 'MACs'),
};

export function countMacs(model: ModelSpec): number {
  return analyse(model).macs;
}
