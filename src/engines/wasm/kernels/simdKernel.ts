import { NasDistillError } from '../../../core/errors.js';
import { type KernelConfig, type TensorInfo } from '../../tf.js';
import { simdKernels, type SimdKernels } from '../simd/SimdKernels.js';

/** Inputs by name; asking for one that is not there is an error. */
export type Given = (name: string) => TensorInfo;

/** A kernel of the wasm backend over functions of our own module. */
export function simdKernel(
  kernelName: string,
  compute: (given: Given, attrs: unknown, simd: SimdKernels) => TensorInfo | TensorInfo[],
): KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const given = (name: string): TensorInfo => {
        const info = inputs[name];
        if (!info) throw new NasDistillError('INTERNAL', `${kernelName} was called without ${name}`);
        return info;
      };
      return compute(given, attrs, simdKernels());
    },
  };
}
