import type { z } from 'zod';
import {
  backend_util,
  add,
  depthwiseConv2d,
  reshape,
  reverse,
  split,
  unstack,
  type KernelConfig,
  type Tensor4D,
} from '../../tf.js';
import type { ComposedKernel } from './ComposedKernel.js';
import { filterGradientAttributes, inputGradientAttributes, shapeOf4d } from '../../convAttributes.js';
import { mostTaps } from '../simd/functions/windows.js';
import type { SimdKernels } from '../simd/SimdKernels.js';
import { simdKernel } from './simdKernel.js';
import { cropToInput, spreadGradient } from './transposedConv.js';

/**
 * dW[i,j,c,m] = sum over b,y,x of x[b, y*s+i, x*s+j, c] * dy[b,y,x,c*M+m]. Image by image in a copy with margins; a multiplier
 * above 1 by repeating each channel of x that often.
 */
export function depthwiseBackpropFilter(): KernelConfig {
  return simdKernel('DepthwiseConv2dNativeBackpropFilter', (given, attrs, simd) => {
    const [x, dy] = [given('x'), given('dy')];
    const a = filterGradientAttributes.parse(attrs);
    const info = convInfo(shapeOf4d(x), a.filterShape, a);
    const { batchSize, inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth, padInfo } = info;
    const { dilationHeight, dilationWidth } = info;
    const [filterHeight, filterWidth, inChannels, multiplier] = a.filterShape;
    const channels = inChannels * multiplier;
    const height = Math.max(padInfo.top + inHeight, (outHeight - 1) * strideHeight + (filterHeight - 1) * dilationHeight + 1); // prettier-ignore
    const width = Math.max(padInfo.left + inWidth, (outWidth - 1) * strideWidth + (filterWidth - 1) * dilationWidth + 1); // prettier-ignore
    const [pixel, row] = [4 * channels, 4 * channels * width];
    const out = simd.zeros(a.filterShape);
    const image = simd.scratch(row * height);
    simd.floats(image, (row * height) / 4).fill(0);
    const inside = image + padInfo.top * row + padInfo.left * pixel;
    for (let n = 0; n < batchSize; n++) {
      const source = simd.at(x) + 4 * n * inHeight * inWidth * inChannels;
      if (multiplier === 1) {
        const rowFloats = inWidth * channels;
        simd.call.copyRows({ source, height: inHeight, rowFloats, fromStride: 4 * rowFloats, target: inside, toStride: row }); // prettier-ignore
      } else repeatChannels(simd, { source, inside, row, pixel, inHeight, inWidth, inChannels, multiplier });
      for (let i = 0; i < filterHeight; i++) {
        for (let j = 0; j < filterWidth; j += mostTaps) {
          simd.call.addDepthwiseGradient({
            x: image + i * dilationHeight * row + j * dilationWidth * pixel,
            rowStep: strideHeight * row,
            pixelStep: strideWidth * pixel,
            tapStep: dilationWidth * pixel,
            dy: simd.at(dy) + 4 * n * outHeight * outWidth * channels,
            outHeight,
            outWidth,
            channels,
            taps: Math.min(mostTaps, filterWidth - j),
            sums: simd.at(out) + 4 * (i * filterWidth + j) * channels,
          });
        }
      }
    }
    return out;
  });
}

function repeatChannels(
  simd: SimdKernels,
  p: Record<'source' | 'inside' | 'row' | 'pixel' | 'inHeight' | 'inWidth' | 'inChannels' | 'multiplier', number>,
): void {
  const from = simd.floats(p.source, p.inHeight * p.inWidth * p.inChannels);
  for (let y = 0; y < p.inHeight; y++) {
    const to = simd.floats(p.inside + y * p.row, p.inWidth * p.inChannels * p.multiplier);
    const start = y * p.inWidth * p.inChannels;
    for (let i = 0; i < to.length; i++) to[i] = from[start + Math.floor(i / p.multiplier)];
  }
}

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
