import { z } from 'zod';
import { NasDistillError } from '../core/errors.js';
import { asTensor } from './asTensor.js';
import { shapeOf4d } from './convAttributes.js';
import { interpolation } from './interpolation.js';
import { getKernel, matMul, reshape, tensor3d, tidy, type KernelConfig, type Tensor } from './tf.js';

const attributes = z.object({ halfPixelCenters: z.boolean() });

/**
 * tfjs's kernels of this gradient (cpu, wasm, tfjs-node) do not look at halfPixelCenters: they spread dy over the cells that the
 * forward pass reads without it. With it, dx is dy times the interpolation's matrices the other way round.
 */
export function correctResizeBilinearGrad(backendName: string): KernelConfig {
  const original = getKernel('ResizeBilinearGrad', backendName);
  if (!original) throw new NasDistillError('INTERNAL', `the backend ${backendName} has no ResizeBilinearGrad`);
  return {
    ...original,
    kernelFunc: (call) => {
      const { dy, images } = call.inputs;
      if (!dy || !images) throw new NasDistillError('INTERNAL', 'ResizeBilinearGrad needs two inputs');
      if (!attributes.parse(call.attrs).halfPixelCenters) return original.kernelFunc(call);
      return tidy(() => spread(asTensor('ResizeBilinearGrad', dy), shapeOf4d(images)));
    },
  };
}

function spread(dy: Tensor, [batch, height, width, channels]: readonly number[]): Tensor {
  const [, rows, columns] = dy.shape;
  const across = tensor3d(interpolation(width, columns), [1, columns, width]);
  const wide = matMul(across, reshape(dy, [batch * rows, columns, channels]), true);
  const down = tensor3d(interpolation(height, rows), [1, rows, height]);
  return reshape(matMul(down, reshape(wide, [batch, rows, width * channels]), true), [batch, height, width, channels]);
}
