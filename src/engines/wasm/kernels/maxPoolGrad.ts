import { z } from 'zod';
import { backend_util, tensor } from '../../tf.js';
import type { ComposedKernel } from './ComposedKernel.js';
import { pair, padding, roundingMode, shapeOf4d } from './convAttributes.js';

const attributes = z.object({ filterSize: pair, strides: pair, pad: padding, dimRoundingMode: roundingMode });

/**
 * The gradient goes to the first maximum of each window. A plain loop, because the backend's own kernel gives wrong
 * values, and a composition would take some ten ops for each position of the window.
 */
export const maxPoolGrad: ComposedKernel = {
  kernelName: 'MaxPoolGrad',
  compute: ({ dy, input }, attrs) => {
    const a = attributes.parse(attrs);
    const shape = shapeOf4d(input);
    const info = backend_util.computePool2DInfo(shape, a.filterSize, a.strides, 1, a.pad, a.dimRoundingMode);
    const [batch, height, width, channels] = shape;
    const { outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth, padInfo } = info;
    const x = input.dataSync();
    const above = dy.dataSync();
    const dx = new Float32Array(x.length);
    let from = 0;
    for (let b = 0; b < batch; b++) {
      for (let oy = 0; oy < outHeight; oy++) {
        const top = oy * strideHeight - padInfo.top;
        const [yStart, yEnd] = [Math.max(0, top), Math.min(height, top + filterHeight)];
        for (let ox = 0; ox < outWidth; ox++) {
          const left = ox * strideWidth - padInfo.left;
          const [xStart, xEnd] = [Math.max(0, left), Math.min(width, left + filterWidth)];
          for (let c = 0; c < channels; c++) {
            let best = -1;
            let most = -Infinity;
            for (let y = yStart; y < yEnd; y++) {
              let at = ((b * height + y) * width + xStart) * channels + c;
              for (let i = xStart; i < xEnd; i++, at += channels) {
                if (x[at] > most) {
                  most = x[at];
                  best = at;
                }
              }
            }
            // No maximum: a window of NaN only.
            if (best >= 0) dx[best] += above[from];
            from++;
          }
        }
      }
    }
    return tensor(dx, shape, 'float32');
  },
};
