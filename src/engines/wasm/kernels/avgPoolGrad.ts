import { z } from 'zod';
import { NasDistillError } from '../../../core/errors.js';
import { backend_util, getKernel, mul, tensor, tidy, type KernelConfig, type Tensor } from '../../tf.js';
import { asTensor } from '../../asTensor.js';
import { pair, padding, shapeOf4d } from '../../convAttributes.js';

const attributes = z.object({ filterSize: pair, strides: pair, pad: padding });

/**
 * tfjs's kernels (wasm and cpu) divide the gradient by the whole window also at the border, where the forward pass
 * divides by the positions inside the image: here dy is scaled by window / inside first.
 */
export function correctAvgPoolGrad(backendName: string): KernelConfig {
  const original = getKernel('AvgPoolGrad', backendName);
  if (!original) throw new NasDistillError('INTERNAL', `the backend ${backendName} has no AvgPoolGrad`);
  return {
    ...original,
    kernelFunc: (call) => {
      const { dy, input } = call.inputs;
      if (!dy || !input) throw new NasDistillError('INTERNAL', 'AvgPoolGrad needs two inputs');
      const a = attributes.parse(call.attrs);
      const info = backend_util.computePool2DInfo(shapeOf4d(input), a.filterSize, a.strides, 1, a.pad);
      const scaled = tidy(() => mul(asTensor('AvgPoolGrad', dy), windowOverInside(info)));
      try {
        return original.kernelFunc({ ...call, inputs: { dy: scaled, input } });
      } finally {
        scaled.dispose();
      }
    },
  };
}

function windowOverInside(info: ReturnType<typeof backend_util.computePool2DInfo>): Tensor {
  const inside = (out: number, stride: number, before: number, filter: number, size: number) =>
    Array.from({ length: out }, (_, o) => {
      const start = o * stride - before;
      return Math.min(size, start + filter) - Math.max(0, start);
    });
  const rows = inside(info.outHeight, info.strideHeight, info.padInfo.top, info.filterHeight, info.inHeight);
  const columns = inside(info.outWidth, info.strideWidth, info.padInfo.left, info.filterWidth, info.inWidth);
  const window = info.filterHeight * info.filterWidth;
  const factors = rows.flatMap((r) => columns.map((c) => window / (r * c)));
  return tensor(factors, [1, info.outHeight, info.outWidth, 1], 'float32');
}
