import type { Padding } from '../ModelSpec.js';
import { ShapeMismatch } from './ShapeMismatch.js';

/** Output length of a sliding window, TensorFlow's rule. */
export function windowedLength(length: number, kernel: number, stride: number, padding: Padding, dilation = 1): number {
  if (padding === 'same') return Math.ceil(length / stride);
  const reach = (kernel - 1) * dilation + 1;
  if (length < reach) throw new ShapeMismatch(`a window of ${reach} does not fit into ${length} without padding`);
  return Math.floor((length - reach) / stride) + 1;
}
