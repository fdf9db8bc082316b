import { correctResizeBilinearGrad } from '../../resizeBilinearGrad.js';
import { getKernel, registerKernel, unregisterKernel, type KernelConfig } from '../../tf.js';
import { correctAvgPoolGrad } from './avgPoolGrad.js';
import { fasterBatchMatMul } from './batchMatMul.js';
import { toKernelConfig, type ComposedKernel } from './ComposedKernel.js';
import { conv2DBackpropFilter } from './conv2DBackpropFilter.js';
import { conv2DBackpropInput } from './conv2DBackpropInput.js';
import { depthwiseBackpropFilter, depthwiseBackpropInput } from './depthwiseBackprop.js';
import { fasterLeadingReduction } from './fasterLeadingReduction.js';
import { fusedWasmKernels, offerWasmFunctions } from './fusedKernels.js';
import { maxPoolGrad } from './maxPoolGrad.js';
import { correctOneHot } from './oneHot.js';
import { simdKernel } from './simdKernel.js';
import { unsortedSegmentSum } from './unsortedSegmentSum.js';

/** Kernels that tfjs-backend-wasm lacks, or has only as plain loops. */
export const composedKernels: readonly ComposedKernel[] = [
  conv2DBackpropInput,
  depthwiseBackpropInput,
  unsortedSegmentSum,
];

/** Kernels over functions of our own WebAssembly module (`../simd`). */
export function simdBackedKernels(): KernelConfig[] {
  return [
    conv2DBackpropFilter(),
    depthwiseBackpropFilter(),
    maxPoolGrad(),
    simdKernel('Identity', (given, _attrs, simd) => simd.share(given('x'))),
    ...fusedWasmKernels(),
  ];
}

let registered = false;

/** Adds the composed kernels to the wasm backend; once a thread, before the backend is made active. */
export function registerComposedKernels(): void {
  if (registered) return;
  const kernels = [...composedKernels.map(toKernelConfig), ...replacedKernels(), ...simdBackedKernels()];
  for (const kernel of kernels) replaceKernel(kernel);
  offerWasmFunctions();
  registered = true;
}

/** Kernels of the backend itself with something put right around them. */
function replacedKernels(): KernelConfig[] {
  return [
    fasterBatchMatMul(),
    correctAvgPoolGrad('wasm'),
    correctResizeBilinearGrad('wasm'),
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
