import { pad, reshape, slice, transpose } from '../../engines/ops.js';
import type { Tensor4D } from '../../engines/tf.js';
import type { Padding } from '../ModelSpec.js';

/**
 * A convolution of dilation d as one without: every d-th row and column of the padded image is an image of its own, of which there are
 * d * d a sample; `convolve` (valid padding, stride 1) takes them as a batch, and their results are put back where they came from. In
 * reshapes and transpositions, whose gradients every engine has (TensorFlow.js has none of dilated convolutions).
 */
export function onSubgrids(
  x: Tensor4D,
  kernel: number,
  dilation: number,
  padding: Padding,
  convolve: (parts: Tensor4D) => Tensor4D,
): Tensor4D {
  const [batch, height, width] = x.shape;
  const reach = (kernel - 1) * dilation;
  const missing = padding === 'same' ? reach : 0;
  const before = Math.floor(missing / 2);
  const after = (size: number) => missing - before + rest(size + missing, dilation);
  const sides: [number, number][] = [[0, 0], [before, after(height)], [before, after(width)], [0, 0]]; // prettier-ignore
  const framed = sides.flat().some((side) => side > 0) ? pad(x, sides) : x;
  const result = together(convolve(apart(framed, dilation)), batch, dilation);
  const [rows, columns] = [height + missing - reach, width + missing - reach];
  return result.shape[1] === rows && result.shape[2] === columns
    ? result
    : slice(result, [0, 0, 0, 0], [batch, rows, columns, result.shape[3]]);
}

/** What is missing of a multiple of `step`. */
function rest(size: number, step: number): number {
  return (step - (size % step)) % step;
}

/** [B, d h, d w, C] -> [B * d * d, h, w, C]. Rows first and columns second: transpositions of rank 6 are slow, or not there. */
function apart(x: Tensor4D, d: number): Tensor4D {
  const [b, height, width, c] = x.shape;
  const [h, w] = [height / d, width / d];
  const rows = transpose(reshape(x, [b, h, d, width * c]), [0, 2, 1, 3]);
  const columns = transpose(reshape(rows, [b * d, h, w, d, c]), [0, 3, 1, 2, 4]);
  return reshape(columns, [b * d * d, h, w, c]);
}

/** The way back of `apart`. */
function together(parts: Tensor4D, b: number, d: number): Tensor4D {
  const [, h, w, c] = parts.shape;
  const columns = transpose(reshape(parts, [b * d, d, h, w, c]), [0, 2, 3, 1, 4]);
  const rows = transpose(reshape(columns, [b, d, h, w * d * c]), [0, 2, 1, 3]);
  return reshape(rows, [b, h * d, w * d, c]);
}
