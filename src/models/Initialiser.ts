import type { Rng } from '../core/rng.js';

/** How a new parameter is filled. */
export type Initialiser =
  | { readonly kind: 'constant'; readonly value: number }
  /** He et al. 2015 (arXiv:1502.01852, eq. 10): truncated normal with variance 2 / fanIn. */
  | { readonly kind: 'he'; readonly fanIn: number }
  /** Glorot & Bengio 2010 (eq. 16): uniform within sqrt(6 / (fanIn + fanOut)). */
  | { readonly kind: 'glorot'; readonly fanIn: number; readonly fanOut: number }
  /** Normal, truncated at two standard deviations. */
  | { readonly kind: 'normal'; readonly stddev: number };

export const zeros: Initialiser = { kind: 'constant', value: 0 };
export const ones: Initialiser = { kind: 'constant', value: 1 };

// Standard deviation of a standard normal truncated at +-2: dividing by it restores the wished variance.
const truncatedStddev = 0.87962566103423978;

/** `size` new values. */
export function drawInitial(init: Initialiser, size: number, rng: Rng): Float32Array {
  const values = new Float32Array(size);
  switch (init.kind) {
    case 'constant':
      return values.fill(init.value);
    case 'glorot': {
      const limit = Math.sqrt(6 / (init.fanIn + init.fanOut));
      for (let i = 0; i < size; i++) values[i] = (2 * rng.uniform() - 1) * limit;
      return values;
    }
    case 'he':
      return fillTruncated(values, Math.sqrt(2 / init.fanIn) / truncatedStddev, rng);
    case 'normal':
      return fillTruncated(values, init.stddev, rng);
  }
}

function fillTruncated(values: Float32Array, stddev: number, rng: Rng): Float32Array {
  for (let i = 0; i < values.length; i++) {
    let z = rng.normal();
    while (Math.abs(z) > 2) z = rng.normal();
    values[i] = z * stddev;
  }
  return values;
}
