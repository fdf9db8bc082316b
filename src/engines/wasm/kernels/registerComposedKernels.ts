import { getKernel, registerKernel, unregisterKernel, type KernelConfig } from '../../tf.js';
import { correctAvgPoolGrad } from './avgPoolGrad.js';
import { fasterBatchMatMul } from './batchMatMul.js';
import { toKernelConfig, type ComposedKernel } from './ComposedKernel.js';
import { conv2DBackpropFilter } from './conv2DBackpropFilter.js';
import { conv2DBackpropInput } from './conv2DBackpropInput.js';
import { depthwiseBackpropFilter, depthwiseBackpropInput } from './depthwiseBackprop.js';
import { fasterLeadingReduction } from './fasterLeadingReduction.js';
import { maxPoolGrad } from './maxPoolGrad.js';
import { correctOneHot } from './oneHot.js';
import { unsortedSegmentSum } from './unsortedSegmentSum.js';

/** Kernels that tfjs-backend-wasm lacks, or has only as plain loops. */
export const composedKernels: readonly ComposedKernel[] = [
  conv2DBackpropFilter,
  conv2DBackpropInput,
  depthwiseBackpropFilter,
  depthwiseBackpropInput,
  maxPoolGrad,
  unsortedSegmentSum,
];

let registered = false;

/** Adds the composed kernels to the wasm backend; once a thread, before the backend is made active. */
export function registerComposedKernels(): void {
  if (registered) return;
  for (const kernel of [...composedKernels.map(toKernelConfig), ...replacedKernels()]) replaceKernel(kernel);
  registered = true;
}

/** Kernels of the backend itself with something put right around them. */
function replacedKernels(): KernelConfig[] {
  return [
    fasterBatchMatMul(),
    correctAvgPoolGrad('wasm'),
    correctOneHot(),
    fasterLeadingReduction('Sum'),
    fasterLeadingReduction('Mean'),
  ];
}

export function replaceKernel(kernel: KernelConfig): void {
  // tfjs warns when a kernel is registered twice; replacing is meant here.
  if (getKernel(kernel.kernelName, kernel.backendName)) unregisterKernel(kernel.kernelName, kernel.backendName);
  registerKernel(kernel);
}
