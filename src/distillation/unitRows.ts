import { add, div, reshape, sqrt, square, sum, type Tensor } from '../engines/tf.js';

/** Features [B, ...] as rows of length 1, [B, F]. A row of zeros stays zero. */
export function unitRows(features: Tensor): Tensor {
  const rows = reshape(features, [features.shape[0], -1]);
  return div(rows, sqrt(add(sum(square(rows), -1, true), 1e-12)));
}
