import { z } from 'zod';
import { NasDistillError } from '../../../core/errors.js';
import { getKernel, matMul, mul, ones, reshape, tidy, type KernelConfig, type Tensor } from '../../tf.js';
import { asTensor } from './ComposedKernel.js';

const attributes = z.looseObject({
  axis: z.union([z.number(), z.array(z.number())]).nullish(),
  keepDims: z.boolean().nullish(),
});

/**
 * Sum and Mean over the first axes, as statistics over a batch need them: a row of ones times the matrix, five times as
 * fast as the backend's own kernel, which transposes first. Other reductions go to that kernel.
 */
export function fasterLeadingReduction(kernelName: 'Sum' | 'Mean'): KernelConfig {
  const original = getKernel(kernelName, 'wasm');
  if (!original) throw new NasDistillError('INTERNAL', `tfjs-backend-wasm has no ${kernelName}`);
  return {
    ...original,
    kernelFunc: (call) => {
      const { axis, keepDims } = attributes.parse(call.attrs);
      const info = call.inputs.x;
      if (!info) throw new NasDistillError('INTERNAL', `${kernelName} needs an input`);
      const leading = countLeading(axis, info.shape.length);
      const inner = info.shape.slice(leading);
      const size = info.shape.slice(0, leading).reduce((product, n) => product * n, 1);
      if (leading === 0 || inner.length === 0 || size === 0 || inner.includes(0) || info.dtype !== 'float32') {
        return original.kernelFunc(call);
      }
      const shape = keepDims ? [...info.shape.slice(0, leading).fill(1), ...inner] : inner;
      return tidy(() => reduce(asTensor(kernelName, info), size, kernelName === 'Mean', shape));
    },
  };
}

function reduce(x: Tensor, size: number, mean: boolean, shape: number[]): Tensor {
  const total = matMul(ones([1, size]), reshape(x, [size, -1]));
  return reshape(mean ? mul(total, 1 / size) : total, shape);
}

/** How many axes are reduced, if they are exactly the first ones; else 0. */
function countLeading(axis: number | number[] | null | undefined, rank: number): number {
  if (axis === undefined || axis === null) return 0;
  const axes = [axis].flat().map((a) => (a < 0 ? a + rank : a));
  return axes.sort((a, b) => a - b).every((a, i) => a === i) ? axes.length : 0;
}
