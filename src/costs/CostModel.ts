import type { ModelSpec } from '../models/ModelSpec.js';

export const costNames = ['bytes', 'params', 'macs', 'memory'] as const;
export type CostName = (typeof costNames)[number];

/**
 * How exported weights are stored. int8: 8 bits a value with one scale and zero point a tensor; vectors (biases, norms)
 * stay float32.
 */
export const weightFormats = ['float32', 'float16', 'int8'] as const;
export type WeightFormat = (typeof weightFormats)[number];

/**
 * bytes: of the exported weights; params: exported values, norm statistics included; macs: multiply-accumulates of one
 * forward pass, batch 1; memory: peak bytes of live activations, batch 1, float32.
 */
export type Costs = Readonly<Record<CostName, number>>;

export interface CostModel {
  readonly metric: CostName;
  /** Unit shown behind a formatted value, such as `B`. */
  readonly unit: string;
  readonly title: string;
  estimate(model: ModelSpec, weights: WeightFormat): number;
  /** The value with its unit, for the eye. */
  format(value: number): string;
}

/** Upper limit on one cost, as `--budget` gives it. */
export interface Budget {
  readonly metric: CostName;
  readonly limit: number;
  /** As the user wrote it, such as `8MB`. */
  readonly text: string;
}
