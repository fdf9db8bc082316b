import { formatBytes } from '../core/units.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { analyse } from './analyse.js';
import type { CostModel, WeightFormat } from './CostModel.js';

/** Bytes of a value in a tensor of rank two and more, and of one in a vector. Vectors stay float32 under int8. */
const bytesPerValue = {
  float32: { matrix: 4, vector: 4 },
  float16: { matrix: 2, vector: 2 },
  int8: { matrix: 1, vector: 4 },
} as const satisfies Record<WeightFormat, { matrix: number; vector: number }>;

/** An int8 tensor's float32 scale and 8-bit zero point. */
export const quantisationBytes = 5;

/**
 * Stored bytes of the exported weights, statistics and int8's scales and zero points included; neither the graph nor any
 * other header is counted.
 */
export const bytes: CostModel = {
  metric: 'bytes',
  unit: 'B',
  title: 'size of the exported weights',
  estimate: weightBytes,
  format: formatBytes,
};

export function weightBytes(model: ModelSpec, weights: WeightFormat): number {
  const { matrixValues, matrices, vectorValues } = analyse(model);
  const { matrix, vector } = bytesPerValue[weights];
  return matrixValues * matrix + vectorValues * vector + (weights === 'int8' ? matrices * quantisationBytes : 0);
}
