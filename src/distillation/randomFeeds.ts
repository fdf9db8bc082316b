import type { Rng } from '../core/rng.js';
import type { HostTensor, TensorSpecs } from '../engines/Engine.js';

/** Values of the right kind for a step's feeds: small integers, a learning rate of 1e-3, normal numbers. */
export function randomFeeds(specs: TensorSpecs, rng: Rng): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, dtype }]): [string, HostTensor] => {
      const length = shape.reduce((a, b) => a * b, 1);
      if (dtype === 'int32') return [name, { shape, dtype, data: Int32Array.from({ length }, (_, i) => i % 10) }];
      const data = Float32Array.from({ length }, () => (name === 'lr' ? 1e-3 : rng.normal()));
      return [name, { shape, dtype, data }];
    }),
  );
}
