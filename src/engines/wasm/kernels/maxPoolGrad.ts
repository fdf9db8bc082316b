import { z } from 'zod';
import { backend_util, type KernelConfig } from '../../tf.js';
import { pair, padding, roundingMode, shapeOf4d } from '../../convAttributes.js';
import { simdKernel } from './simdKernel.js';

const attributes = z.object({ filterSize: pair, strides: pair, pad: padding, dimRoundingMode: roundingMode });

/** The gradient goes to the first maximum of each window; the backend's own kernel gives wrong values. */
export function maxPoolGrad(): KernelConfig {
  return simdKernel('MaxPoolGrad', (given, attrs, simd) => {
    const [dy, x, y] = [given('dy'), given('input'), given('output')];
    const a = attributes.parse(attrs);
    const [samples, height, width, channels] = shapeOf4d(x);
    const info = backend_util.computePool2DInfo(shapeOf4d(x), a.filterSize, a.strides, 1, a.pad, a.dimRoundingMode);
    const { outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
    const out = simd.zeros(x.shape);
    const left = simd.scratch(4 * channels);
    simd.call.maxPoolGradient({
      x: simd.at(x),
      y: simd.at(y),
      dy: simd.at(dy),
      dx: simd.at(out),
      left,
      samples,
      height,
      width,
      channels,
      outHeight,
      outWidth,
      filterHeight,
      filterWidth,
      strideHeight,
      strideWidth,
      top: padInfo.top,
      start: padInfo.left,
    });
    return out;
  });
}
