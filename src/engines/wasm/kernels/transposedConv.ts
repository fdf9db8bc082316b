import type { backend_util } from '../../tf.js';
import { pad, reshape, slice, type Tensor4D } from '../../tf.js';

type ConvInfo = ReturnType<typeof backend_util.computeConv2DInfo>;

/**
 * dy made ready for the gradient with respect to a convolution's input: zeros between its values where the stride was
 * more than 1, and zeros around it, so that convolving it (stride 1, no padding) with the flipped filter gives one value
 * for every input position, starting `skip` rows and columns too early (padding that is wider than the filter).
 */
export function spreadGradient(dy: Tensor4D, info: ConvInfo): { spread: Tensor4D; skip: [number, number] } {
  const { strideHeight, strideWidth, inHeight, inWidth, filterHeight, filterWidth, padInfo } = info;
  const spaced = insertZeros(dy, strideHeight, strideWidth);
  const rows = margins(inHeight, filterHeight, padInfo.top, spaced.shape[1]);
  const columns = margins(inWidth, filterWidth, padInfo.left, spaced.shape[2]);
  const spread = pad(spaced, [[0, 0], rows.around, columns.around, [0, 0]]);
  return { spread, skip: [rows.skip, columns.skip] };
}

/** Cuts the result of the convolution to the input's size. */
export function cropToInput(full: Tensor4D, info: ConvInfo, skip: readonly [number, number]): Tensor4D {
  const channels = full.shape[3];
  if (full.shape[1] === info.inHeight && full.shape[2] === info.inWidth) return full;
  return slice(full, [0, skip[0], skip[1], 0], [full.shape[0], info.inHeight, info.inWidth, channels]);
}

function margins(input: number, filter: number, padBefore: number, size: number) {
  const before = filter - 1 - padBefore;
  const after = input - 1 + filter - size - before;
  return { around: [Math.max(0, before), Math.max(0, after)] as [number, number], skip: Math.max(0, -before) };
}

/** [B, h, w, C] to [B, h*sh, w*sw, C], each value followed by zeros; by two paddings of matrices. */
function insertZeros(x: Tensor4D, sh: number, sw: number): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  let out = x;
  if (sw > 1) {
    const cells = reshape(out, [batch * height * width, channels]);
    out = reshape(pad(cells, [[0, 0], [0, (sw - 1) * channels]]), [batch, height, width * sw, channels]); // prettier-ignore
  }
  if (sh > 1) {
    const row = width * sw * channels;
    const rows = reshape(out, [batch * height, row]);
    out = reshape(pad(rows, [[0, 0], [0, (sh - 1) * row]]), [batch, height * sh, width * sw, channels]); // prettier-ignore
  }
  return out;
}
