import { fusedOps, type ConvolutionWindow } from '../../engines/fusedOps.js';
import { concat, conv2d, depthwiseConv2d, slice } from '../../engines/ops.js';
import type { Tensor4D } from '../../engines/tf.js';
import { blockDiagonal } from './blockDiagonal.js';
import { onSubgrids } from './onSubgrids.js';
import { ShapeMismatch } from './ShapeMismatch.js';

/** @throws ShapeMismatch for a stride and a dilation at once, which TensorFlow.js, and so an export to it, cannot compute */
export function requireWindow({ stride, dilation = 1 }: ConvolutionWindow): void {
  if (stride === 1 || dilation === 1) return;
  throw new ShapeMismatch(`stride ${stride} and dilation ${dilation} exclude each other: one of them must be 1`);
}

/**
 * x [B, H, W, C] convolved with a filter [k, k, C / groups, filters]: group g of the filters reads group g of the channels (grouped:
 * arXiv:1611.05431; dilated: arXiv:1511.07122).
 * @param training dense parts train faster than groups do (docs/engines.md); what is exported has groups where the engine has them
 */
export function convolved(
  x: Tensor4D,
  filter: Tensor4D,
  window: ConvolutionWindow & { readonly groups?: number },
  training: boolean,
): Tensor4D {
  const { groups = 1 } = window;
  if (groups === 1) return dense(x, filter, window);
  // onnxruntime 1.30's WebGPU provider computes something else of groups of single taps with a stride.
  const single = filter.shape[0] === 1 && window.stride > 1;
  const own = training || single ? undefined : fusedOps().convolve;
  return own === undefined ? inParts(x, filter, window, groups) : own(x, filter, window, false);
}

/** x [B, H, W, C] with one filter a channel, [k, k, C, 1]. */
export function slid(x: Tensor4D, filter: Tensor4D, window: ConvolutionWindow): Tensor4D {
  return ungrouped(x, filter, window, true);
}

function dense(x: Tensor4D, filter: Tensor4D, window: ConvolutionWindow): Tensor4D {
  return ungrouped(x, filter, window, false);
}

function ungrouped(x: Tensor4D, filter: Tensor4D, window: ConvolutionWindow, depthwise: boolean): Tensor4D {
  const { stride, padding, dilation = 1 } = window;
  const plain = depthwise ? depthwiseConv2d : conv2d;
  // A single tap has no steps between taps.
  if (dilation === 1 || filter.shape[0] === 1) return plain(x, filter, stride, padding);
  const own = fusedOps().convolve;
  if (own !== undefined) return own(x, filter, window, depthwise);
  return onSubgrids(x, filter.shape[0], dilation, padding, (part) => plain(part, filter, 1, 'valid'));
}

/**
 * Groups by dense convolutions, which every engine has with its gradients: neighbouring groups, up to `together` channels, are one of them,
 * whose filter has zeros between the groups; the parts' results lie one behind the other.
 */
function inParts(x: Tensor4D, filter: Tensor4D, window: ConvolutionWindow, groups: number): Tensor4D {
  const [k, , seen, filters] = filter.shape;
  const joined = groupsTogether(groups, seen);
  const matrix = joined === 1 ? filter : blockDiagonal(filter, groups, joined);
  const parts = groups / joined;
  if (parts === 1) return dense(x, matrix, window);
  const [b, h, w] = x.shape;
  const [into, out] = [seen * joined, filters / parts];
  const results = Array.from({ length: parts }, (_, i) =>
    dense(slice(x, [0, 0, 0, i * into], [b, h, w, into]), slice(matrix, [0, 0, 0, i * out], [k, k, into, out]), window),
  );
  return concat(results, 3);
}

/** Up to so many channels, one dense convolution takes less time than one a group (docs/engines.md). */
const together = 16;

/** How many neighbouring groups, of `seen` channels each, are one convolution: a divisor of their number. */
function groupsTogether(groups: number, seen: number): number {
  let joined = groups;
  while (joined > 1 && (groups % joined > 0 || joined * seen > together)) joined--;
  return joined;
}
