import '@tensorflow/tfjs-backend-cpu';
import type { Engine } from '../../src/engines/Engine.js';
import { EagerEngine } from '../../src/engines/eager/EagerEngine.js';
import { correctResizeBilinearGrad } from '../../src/engines/resizeBilinearGrad.js';
import * as tf from '../../src/engines/tf.js';
import { correctAvgPoolGrad } from '../../src/engines/wasm/kernels/avgPoolGrad.js';
import { replaceKernel } from '../../src/engines/wasm/kernels/registerComposedKernels.js';

let corrected = false;

/**
 * The reference of the tests: the same eager engine over tfjs's `cpu` backend. Far too slow for real work, so the
 * product never opens it, and it has no name of its own.
 */
export async function openReferenceEngine(): Promise<Engine> {
  if (!corrected) {
    replaceKernel(correctAvgPoolGrad('cpu'));
    replaceKernel(withShape('ResizeBilinearGrad'));
    replaceKernel(correctResizeBilinearGrad('cpu'));
    corrected = true;
  }
  const former = tf.getBackend();
  await tf.setBackend('cpu');
  if (former) await tf.setBackend(former);
  return new EagerEngine({ name: 'wasm', version: 'reference: tfjs cpu', threads: 1 }, 'cpu');
}

/** The cpu backend gives this gradient with height and width swapped in its shape (not in its values). */
function withShape(kernelName: 'ResizeBilinearGrad'): tf.KernelConfig {
  const original = tf.getKernel(kernelName, 'cpu');
  return {
    ...original,
    kernelFunc: (call) => {
      const info = original.kernelFunc(call);
      const images = call.inputs.images;
      if (Array.isArray(info) || !images) throw new Error('ResizeBilinearGrad has changed');
      return { ...info, shape: images.shape };
    },
  };
}
