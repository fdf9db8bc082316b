import { formatCount } from '../core/units.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { analyse } from './analyse.js';
import type { CostModel } from './CostModel.js';

/** Exported values, norm statistics included. */
export const params: CostModel = {
  metric: 'params',
  unit: 'params',
  title: 'parameters',
  estimate: countParams,
  format: (value) => formatCount(value),
};

export function countParams(model: ModelSpec): number {
  const { matrixValues, vectorValues } = analyse(model);
  return matrixValues + vectorValues;
}
