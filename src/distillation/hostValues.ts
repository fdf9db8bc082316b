import type { Rng } from '../core/rng.js';
import type { HostTensor } from '../engines/Engine.js';

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Normal numbers of variance 1 / fanIn. */
export function randomTensor(rng: Rng, shape: readonly number[], fanIn: number): HostTensor {
  const scale = Math.sqrt(1 / fanIn);
  return { shape, dtype: 'float32', data: Float32Array.from({ length: sizeOf(shape) }, () => rng.normal() * scale) };
}

/** The same number everywhere. */
export function filled(shape: readonly number[], value: number): HostTensor {
  return { shape, dtype: 'float32', data: new Float32Array(sizeOf(shape)).fill(value) };
}
