import { NasDistillError } from '../../../core/errors.js';
import type { InferCall, KernelTable } from './types.js';
import { constantKernel } from './types.js';

function dtypeOf(c: InferCall, otherwise: string): 'float32' | 'int32' | 'bool' {
  const dtype = c.attrs.str('dtype', otherwise);
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new NasDistillError('ENGINE_UNSUPPORTED', `a constant of type ${dtype} has no lowering to ONNX`);
}

function array(dtype: 'float32' | 'int32' | 'bool', values: number[]) {
  return dtype === 'float32' ? Float32Array.from(values) : Int32Array.from(values);
}

/** Kernels that depend on shapes and attributes only. */
export const constantKernels = {
  Fill: constantKernel((c) => ({
    shape: c.attrs.nums('shape'),
    dtype: dtypeOf(c, 'float32'),
    fill: c.attrs.num('value'),
  })),
  ZerosLike: constantKernel((c) => ({ shape: c.in('x').shape, dtype: c.in('x').dtype, fill: 0 })),
  OnesLike: constantKernel((c) => ({ shape: c.in('x').shape, dtype: c.in('x').dtype, fill: 1 })),
  Range: constantKernel((c) => {
    const [start, stop, step] = [c.attrs.num('start'), c.attrs.num('stop'), c.attrs.num('step', 1)];
    const n = Math.max(0, Math.ceil((stop - start) / step));
    const dtype = dtypeOf(c, 'float32');
    return {
      shape: [n],
      dtype,
      data: array(
        dtype,
        Array.from({ length: n }, (_, i) => start + i * step),
      ),
    };
  }),
  LinSpace: constantKernel((c) => {
    const [start, stop, n] = [c.attrs.num('start'), c.attrs.num('stop'), c.attrs.num('num')];
    const step = n > 1 ? (stop - start) / (n - 1) : 0;
    const values = Array.from({ length: n }, (_, i) => start + i * step);
    return { shape: [n], dtype: 'float32', data: Float32Array.from(values) };
  }),
} satisfies KernelTable;
