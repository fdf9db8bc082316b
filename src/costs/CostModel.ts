import type { ModelSpec } from '../models/ModelSpec.js';

/** Costs that are counted from the architecture alone: every trial has them. */
export const costNames = ['bytes', 'params', 'macs', 'memory'] as const;
export type CountedCost = (typeof costNames)[number];
/** `latency` where a study aims at one device, `latency:NAME` where it aims at several. */
export type LatencyCost = 'latency' | `latency:${string}`;
export type CostName = CountedCost | LatencyCost;

export function isLatency(name: string): name is LatencyCost {
  return name === 'latency' || name.startsWith('latency:');
}

export function isCostName(name: string): name is CostName {
  return isLatency(name) || costNames.some((counted) => counted === name);
}

/**
 * How exported weights are stored. int8: 8 bits a value with one scale and zero point a tensor; vectors (biases, norms)
 * stay float32.
 */
export const weightFormats = ['float32', 'float16', 'int8'] as const;
export type WeightFormat = (typeof weightFormats)[number];

/**
 * bytes: of the exported weights; params: exported values, norm statistics included; macs: multiply-accumulates of one
 * forward pass, batch 1; memory: peak bytes of live activations, batch 1, float32; latency: predicted milliseconds of one
 * inference on a device, there only if the study aims at it.
 */
export type Costs = Readonly<Record<CountedCost, number>> & Latencies;

/** Milliseconds by the names of latency costs. */
export type Latencies = { readonly [metric: `latency${string}`]: number };

/** The names of a model's costs: the counted ones, then its latencies. */
export function costNamesOf(costs: Costs): CostName[] {
  return [...costNames, ...Object.keys(costs).filter(isLatency)];
}

export interface CostModel {
  readonly metric: CountedCost;
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

/**
 * Milliseconds that a predicted latency holds for each layer that the device cannot run: more than any real one, so that
 * such an architecture breaks every budget, and finite, so that a descent towards the budget sees each layer.
 */
export const cannotRun = 3_600_000;
