import { asTensor } from '../../asTensor.js';
import { tidy, type KernelConfig, type Tensor } from '../../tf.js';

/** A tfjs kernel for the wasm backend that is written in other tensor ops (which run in the backend's fast kernels). */
export interface ComposedKernel {
  readonly kernelName: string;
  /** Inputs by the kernel's own names; `attrs` is what tfjs passes, to be parsed. */
  compute(inputs: Record<string, Tensor>, attrs: unknown): Tensor;
}

/** What tfjs registers: the kernel's intermediate tensors are freed as soon as it returns. */
export function toKernelConfig(kernel: ComposedKernel): KernelConfig {
  return {
    kernelName: kernel.kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) =>
      tidy(() => {
        const tensors: Record<string, Tensor> = {};
        for (const [name, info] of Object.entries(inputs)) {
          if (info) tensors[name] = asTensor(kernel.kernelName, info);
        }
        return kernel.compute(tensors, attrs);
      }),
  };
}
