import type { Rng } from '../core/rng.js';
import type { HostTensor, HostTensors, TensorSpec, TensorSpecs } from '../engines/Engine.js';
import { inferShapes, inputShapes } from './inferShapes.js';
import { layers } from './layers/registry.js';
import type { ModelSpec } from './ModelSpec.js';

/** Name of the feed of a node's noise. */
export function noiseName(node: string): string {
  return `noise/${node}`;
}

/** The feeds of uniform random numbers that one training step of this model needs (dropout, drop path). */
export function noiseSpecs(spec: ModelSpec, batch: number): TensorSpecs {
  const shapes = inferShapes(spec);
  const specs: Record<string, TensorSpec> = {};
  for (const node of spec.nodes) {
    const shape = layers[node.op].noise?.(node, inputShapes(node, shapes));
    if (shape) specs[noiseName(node.name)] = { shape: [batch, ...shape], dtype: 'float32' };
  }
  return specs;
}

/** Uniform numbers in [0, 1) for each feed. */
export function drawNoise(specs: TensorSpecs, rng: Rng): HostTensors {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => {
      const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
      fillNoise(data, rng);
      return [name, { shape, dtype: 'float32', data }];
    }),
  );
}

/** Overwrites `data` with uniform numbers in [0, 1). */
export function fillNoise(data: HostTensor['data'], rng: Rng): void {
  // fround could round up to 1, which is outside of the interval.
  for (let i = 0; i < data.length; i++) data[i] = Math.min(rng.uniform(), 1 - 2 ** -24);
}
