import { backend_util, conv2d, matMul, pad, reshape, slice, transpose, type Tensor4D } from '../../tf.js';
import type { ComposedKernel } from './ComposedKernel.js';
import { filterGradientAttributes, shapeOf4d } from './convAttributes.js';

/**
 * dW[i,j,c,k] = sum over b,y,x of x[b, y*s+i, x*s+j, c] * dy[b,y,x,k]: itself a convolution, with the roles turned.
 * The image is x with channels as batch and batch as channels, the filter is dy, and its dilation is the stride.
 */
export const conv2DBackpropFilter: ComposedKernel = {
  kernelName: 'Conv2DBackpropFilter',
  compute: ({ x, dy }, attrs) => {
    const a = filterGradientAttributes.parse(attrs);
    const info = backend_util.computeConv2DInfo(shapeOf4d(x), a.filterShape, a.strides, 1, a.pad, a.dimRoundingMode);
    const { top, bottom, left, right } = info.padInfo;
    if (isPointwise(info)) {
      // A product of matrices over all positions: two to four times as fast as the convolution below.
      const rows = reshape(x, [-1, info.inChannels]);
      return reshape(matMul(rows, reshape(dy, [-1, info.outChannels]), true, false), a.filterShape);
    }
    const image = transpose<Tensor4D>(x as Tensor4D, [3, 1, 2, 0]);
    const padded = pad(image, [[0, 0], [top, bottom], [left, right], [0, 0]]); // prettier-ignore
    const filter = transpose<Tensor4D>(dy as Tensor4D, [1, 2, 0, 3]);
    const full = conv2d(padded, filter, 1, 'valid', 'NHWC', [info.strideHeight, info.strideWidth]);
    // Where the stride leaves rows of x unused, the result has rows beyond the filter.
    const gradient = slice(
      full,
      [0, 0, 0, 0],
      [info.inChannels, info.filterHeight, info.filterWidth, info.outChannels],
    );
    return transpose(gradient, [1, 2, 0, 3]);
  },
};

function isPointwise(info: ReturnType<typeof backend_util.computeConv2DInfo>): boolean {
  const { filterHeight, filterWidth, inHeight, inWidth, outHeight, outWidth, padInfo } = info;
  return (
    filterHeight * filterWidth === 1 &&
    inHeight === outHeight &&
    inWidth === outWidth &&
    padInfo.top === 0 &&
    padInfo.left === 0
  );
}
