import type { Padding } from '../ModelSpec.js';
import { ShapeMismatch } from './ShapeMismatch.js';

/** Output length of a sliding window, TensorFlow's rule. */
export function windowedLength(length: number, kernel: number, stride: number, padding: Padding): number {
  if (padding === 'same') return Math.ceil(length / stride);
  if (length < kernel) throw new ShapeMismatch(`a window of ${kernel} does not fit into ${length} without padding`);
  return Math.floor((length - kernel) / stride) + 1;
}
