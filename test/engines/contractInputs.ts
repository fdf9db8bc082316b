import type { HostTensor } from '../../src/engines/Engine.js';
import type { Rng } from '../../src/core/rng.js';

/** Draws one input of a contract case. */
export type Input = (rng: Rng) => HostTensor;

const filled =
  (shape: number[], value: (rng: Rng) => number): Input =>
  (rng) => {
    const data = new Float32Array(shape.reduce((size, n) => size * n, 1));
    for (let i = 0; i < data.length; i++) data[i] = value(rng);
    return { shape, dtype: 'float32', data };
  };

/** Standard normal. */
export const normal = (...shape: number[]) => filled(shape, (rng) => rng.normal());
/** At least 0.1 from zero, where many functions have a kink. */
export const awayFromZero = (...shape: number[]) =>
  filled(shape, (rng) => (rng.uniform() < 0.5 ? -1 : 1) * (0.1 + 2 * rng.uniform()));
/** In [0.5, 2.5]. */
export const positive = (...shape: number[]) => filled(shape, (rng) => 0.5 + 2 * rng.uniform());
/** All values differ by 0.1 at least, in random order: no ties for max, and room for finite differences. */
export const distinct =
  (...shape: number[]): Input =>
  (rng) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const order = rng.shuffle(Array.from({ length: size }, (_, i) => i));
    return { shape, dtype: 'float32', data: Float32Array.from(order, (i) => 0.1 * (i - size / 2) + 0.03) };
  };
/** The given floats. */
export const floats =
  (shape: number[], values: number[]): Input =>
  () => ({ shape, dtype: 'float32', data: Float32Array.from(values) });
/** The given integers. */
export const ints =
  (shape: number[], values: number[]): Input =>
  () => ({ shape, dtype: 'int32', data: Int32Array.from(values) });
