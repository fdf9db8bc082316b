import { z } from 'zod';
import { NasDistillError } from '../../../core/errors.js';
import { broadcast_util, getKernel, type KernelConfig, type TensorInfo } from '../../tf.js';
import { sizeOf, type SimdKernels } from '../simd/SimdKernels.js';
import { product } from './product.js';
import { simdKernel } from './simdKernel.js';

const attributes = z.object({ transposeA: z.boolean(), transposeB: z.boolean() });

/**
 * Products of matrices, either side transposed, by our own module. The backend's kernel is fast only for one large product
 * of which no side is transposed, and keeps the packed right side by its data alone, so that the same data in another shape
 * is multiplied as if it had the first one, and writes beyond the result.
 */
export function fasterBatchMatMul(): KernelConfig {
  if (!getKernel('BatchMatMul', 'wasm')) throw new NasDistillError('INTERNAL', 'tfjs-backend-wasm has no BatchMatMul');
  return simdKernel('BatchMatMul', (given, attrs, simd) => {
    const [a, b] = [given('a'), given('b')];
    const { transposeA, transposeB } = attributes.parse(attrs);
    if (a.dtype !== 'float32' || b.dtype !== 'float32') {
      throw new NasDistillError(
        'ENGINE_UNSUPPORTED',
        `engine wasm multiplies no matrices of ${a.dtype} and ${b.dtype}`,
      );
    }
    return multiplyAll(simd, a, b, transposeA, transposeB);
  });
}

function multiplyAll(
  simd: SimdKernels,
  a: TensorInfo,
  b: TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
): TensorInfo {
  const [[aRows, aColumns], [bRows, bColumns]] = [a, b].map(({ shape }) => shape.slice(-2));
  const [rows, depth] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [inner, columns] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  if (depth !== inner) {
    throw new NasDistillError('INTERNAL', `matMul: inner sizes ${depth} and ${inner} of [${a.shape}] and [${b.shape}]`);
  }
  const outer = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const out = simd.output([...outer, rows, columns]);
  if (sizeOf(out) === 0) return out;
  if (depth === 0) {
    simd.floats(simd.at(out), sizeOf(out)).fill(0);
    return out;
  }
  const count = outer.reduce((total, n) => total * n, 1);
  const [aOf, bOf] = [matrixOf(a, outer), matrixOf(b, outer)];
  for (let i = 0; i < count; i++) {
    const [aAt, bAt] = [simd.at(a) + 4 * aOf(i), simd.at(b) + 4 * bOf(i)];
    product(simd, {
      a: transposeA ? { at: aAt, stride: 4, kStride: 4 * rows } : { at: aAt, stride: 4 * depth, kStride: 4 },
      b: transposeB ? { at: bAt, stride: 4 * depth, kStride: 4 } : { at: bAt, stride: 4, kStride: 4 * columns },
      c: simd.at(out) + 4 * i * rows * columns,
      rows,
      columns,
      depth,
    });
  }
  return out;
}

/** Where in a tensor the matrix of output i begins, in floats; axes of size 1 are repeated. */
function matrixOf({ shape }: TensorInfo, outer: readonly number[]): (i: number) => number {
  const own = shape.slice(0, -2);
  const size = shape.slice(-2).reduce((total, n) => total * n, 1);
  const axes = outer.map((n, axis) => ({ n, own: own[axis - outer.length + own.length] ?? 1 }));
  if (axes.every(({ n, own: m }) => n === m)) return (i) => i * size;
  return (i) => {
    let [rest, step, index] = [i, 1, 0];
    for (const { n, own: m } of axes.toReversed()) {
      if (m > 1) index += (rest % n) * step;
      rest = Math.floor(rest / n);
      step *= m;
    }
    return index * size;
  };
}
