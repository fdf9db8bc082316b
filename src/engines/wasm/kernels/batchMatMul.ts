import { z } from 'zod';
import { NasDistillError } from '../../../core/errors.js';
import { getKernel, tidy, transpose, type KernelConfig, type Tensor, type TensorInfo } from '../../tf.js';
import { asTensor } from './ComposedKernel.js';

const attributes = z.object({ transposeA: z.boolean(), transposeB: z.boolean() });

/**
 * The backend multiplies fast only where neither side is transposed, and by a plain triple loop otherwise: here a
 * transposed side is transposed first. Made from the backend's own kernel, which it replaces.
 */
export function fasterBatchMatMul(): KernelConfig {
  const original = getKernel('BatchMatMul', 'wasm');
  if (!original) throw new NasDistillError('INTERNAL', 'tfjs-backend-wasm has no BatchMatMul');
  return {
    ...original,
    kernelFunc: (call) => {
      const { transposeA, transposeB } = attributes.parse(call.attrs);
      if (!transposeA && !transposeB) return original.kernelFunc(call);
      const { a, b } = call.inputs;
      if (!a || !b) throw new NasDistillError('INTERNAL', 'BatchMatMul needs two inputs');
      const left = transposeA ? swapLast(a) : asTensor('BatchMatMul', a);
      const right = transposeB ? swapLast(b) : asTensor('BatchMatMul', b);
      try {
        return original.kernelFunc({
          ...call,
          inputs: { a: left, b: right },
          attrs: { transposeA: false, transposeB: false },
        });
      } finally {
        if (transposeA) left.dispose();
        if (transposeB) right.dispose();
      }
    },
  };
}

function swapLast(info: TensorInfo): Tensor {
  const x = asTensor('BatchMatMul', info);
  const order = x.shape.map((_, i) => i);
  order.push(...order.splice(-2).reverse());
  return tidy(() => transpose(x, order));
}
