import type { z } from 'zod';
import {
  backend_util,
  add,
  depthwiseConv2d,
  matMul,
  mul,
  ones,
  pad,
  reshape,
  reverse,
  slice,
  stack,
  stridedSlice,
  split,
  unstack,
  type Tensor,
  type Tensor4D,
} from '../../tf.js';
import type { ComposedKernel } from './ComposedKernel.js';
import { filterGradientAttributes, inputGradientAttributes, shapeOf4d } from './convAttributes.js';
import { cropToInput, spreadGradient } from './transposedConv.js';

/**
 * dW[i,j,c,m] = sum over b,y,x of x[b, y*s+i, x*s+j, c] * dy[b,y,x,c*M+m]: for each filter position a strided view of x
 * times dy, summed over all positions.
 */
export const depthwiseBackpropFilter: ComposedKernel = {
  kernelName: 'DepthwiseConv2dNativeBackpropFilter',
  compute: ({ x, dy }, attrs) => {
    const a = filterGradientAttributes.parse(attrs);
    const info = convInfo(shapeOf4d(x), a.filterShape, a);
    const { top, bottom, left, right } = info.padInfo;
    const { strideHeight: sh, strideWidth: sw, outHeight, outWidth, batchSize } = info;
    const [filterHeight, filterWidth, channels, multiplier] = a.filterShape;
    const padded = pad(x as Tensor4D, [[0, 0], [top, bottom], [left, right], [0, 0]]); // prettier-ignore
    const positions = batchSize * outHeight * outWidth;
    const row = ones([1, positions]);
    const parts: Tensor[] = [];
    for (let i = 0; i < filterHeight; i++) {
      for (let j = 0; j < filterWidth; j++) {
        const end = [batchSize, i + (outHeight - 1) * sh + 1, j + (outWidth - 1) * sw + 1, channels];
        const view =
          sh === 1 && sw === 1
            ? slice(padded, [0, i, j, 0], [batchSize, outHeight, outWidth, channels])
            : stridedSlice(padded, [0, i, j, 0], end, [1, sh, sw, 1]);
        const product =
          multiplier === 1
            ? mul(view, dy)
            : mul(reshape(view, [positions, channels, 1]), reshape(dy, [positions, channels, multiplier]));
        // A sum over rows as a matrix product: the backend's own Sum would transpose first.
        parts.push(matMul(row, reshape(product, [positions, channels * multiplier])));
      }
    }
    return reshape(stack(parts), a.filterShape);
  },
};

/** dx = depthwise convolution of the spread dy with the filter turned by 180 degrees, summed over the multiplier. */
export const depthwiseBackpropInput: ComposedKernel = {
  kernelName: 'DepthwiseConv2dNativeBackpropInput',
  compute: ({ dy, filter }, attrs) => {
    const a = inputGradientAttributes.parse(attrs);
    const [filterHeight, filterWidth, channels, multiplier] = shapeOf4d(filter);
    const info = convInfo(a.inputShape, [filterHeight, filterWidth, channels, multiplier], a);
    const { spread, skip } = spreadGradient(dy as Tensor4D, info);
    const turned = reverse<Tensor4D>(filter as Tensor4D, [0, 1]);
    const grouped = reshape(spread, [...spread.shape.slice(0, 3), channels, multiplier]);
    const gradients = multiplier === 1 ? [spread] : (unstack(grouped, 4) as Tensor4D[]);
    const filters = split<Tensor4D>(turned, multiplier, 3);
    const parts = gradients.map((gradient, m) => depthwiseConv2d(gradient, filters[m], 1, 'valid'));
    const total = parts.reduce((sum, part) => add(sum, part));
    return cropToInput(total, info, skip);
  },
};

type Shape4D = [number, number, number, number];

function convInfo(
  input: Shape4D,
  filter: Shape4D,
  a: Pick<z.output<typeof filterGradientAttributes>, 'strides' | 'pad' | 'dilations' | 'dimRoundingMode'>,
) {
  return backend_util.computeConv2DInfo(input, filter, a.strides, a.dilations, a.pad, a.dimRoundingMode, true);
}
