import type { AugmentationPolicy } from './Dataset.js';

export interface View {
  /** Pixels that the image moves right and down. */
  readonly dx: number;
  readonly dy: number;
  readonly flip: boolean;
}

/**
 * The variation that (policy, image, view) stands for. A hash instead of a generator: any view of any image can be had
 * alone and in any order, so that all candidates and the teacher see the same ones.
 */
export function viewOf(policy: AugmentationPolicy, image: number, view: number): View {
  const shown = view % policy.views;
  const bits = hashOf(policy.seed, image, shown);
  const span = 2 * policy.shift + 1;
  return {
    dx: ((bits & 0xffff) % span) - policy.shift,
    dy: ((bits >>> 16) % span) - policy.shift,
    flip: policy.flip && (hashOf(bits, 0x5bd1e995, shown) & 1) === 1,
  };
}

/** Three integers to 32 well-mixed bits (the finaliser of MurmurHash3 after each). */
export function hashOf(a: number, b: number, c: number): number {
  let h = 0x9e3779b9;
  for (const value of [a, b, c]) {
    h = Math.imul(h ^ (value | 0), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
  }
  return h >>> 0;
}
