import { z } from 'zod';
import { NasDistillError } from '../../../core/errors.js';
import { getKernel, mul, tidy, transpose, type KernelConfig, type Tensor, type TensorInfo } from '../../tf.js';
import { asTensor } from './ComposedKernel.js';

const attributes = z.object({ transposeA: z.boolean(), transposeB: z.boolean() });

/**
 * The backend multiplies fast only where neither side is transposed, and by a plain triple loop otherwise: here a
 * transposed side is transposed first. Made from the backend's own kernel, which it replaces. Departure for the sake of
 * correctness: the backend keeps the packed right side of a product by its data alone, so that the same data in another
 * shape is multiplied as if it had the first one, and writes beyond the result; such a side is copied.
 */
export function fasterBatchMatMul(): KernelConfig {
  const original = getKernel('BatchMatMul', 'wasm');
  if (!original) throw new NasDistillError('INTERNAL', 'tfjs-backend-wasm has no BatchMatMul');
  const shapes = new WeakMap<object, string>();
  return {
    ...original,
    kernelFunc: (call) => {
      const { transposeA, transposeB } = attributes.parse(call.attrs);
      const { a, b } = call.inputs;
      if (!a || !b) throw new NasDistillError('INTERNAL', 'BatchMatMul needs two inputs');
      const left = transposeA ? swapLast(a) : asTensor('BatchMatMul', a);
      const right = transposeB ? swapLast(b) : asTensor('BatchMatMul', b);
      // A transposition that moves nothing shares its data too.
      const copy = isReshaped(shapes, right) ? tidy(() => mul(right, 1)) : undefined;
      try {
        return original.kernelFunc({
          ...call,
          inputs: { a: left, b: copy ?? right },
          attrs: { transposeA: false, transposeB: false },
        });
      } finally {
        copy?.dispose();
        if (transposeA) left.dispose();
        if (transposeB) right.dispose();
      }
    },
  };
}

/** Whether the data of `b` was the right side of a product before, in another shape of its last two axes. */
function isReshaped(shapes: WeakMap<object, string>, b: TensorInfo): boolean {
  const shape = b.shape.slice(-2).join('x');
  const before = shapes.get(b.dataId);
  if (before === undefined) shapes.set(b.dataId, shape);
  return before !== undefined && before !== shape;
}

function swapLast(info: TensorInfo): Tensor {
  const x = asTensor('BatchMatMul', info);
  const order = x.shape.map((_, i) => i);
  order.push(...order.splice(-2).reverse());
  return tidy(() => transpose(x, order));
}
