import { NasDistillError } from '../core/errors.js';
import { offerFusedOps } from './fusedOps.js';
import { engine, registerGradient, type GradFunc, type NamedTensorMap, type Tensor } from './tf.js';

/**
 * Kernels that engines may have for whole functions, with their gradients as kernels too: an engine registers those kernels
 * under its backend's name (inputs and outputs as below) and offers the functions.
 *
 * - HardSwish: x -> y; HardSwishGrad: dy, x -> dx. Gelu and GeluGrad alike.
 * - LayerNorm: x, gamma, beta, attribute epsilon -> y, xhat, rate [rows]; LayerNormGrad: dy, xhat, gamma, rate -> dx, d gamma,
 *   d beta. Over the last axis.
 * - AdamW: p, g, m, v, c1, c2, lr, attributes beta1, beta2, eps, weightDecay -> new p, m, v. Vectors; c1, c2, lr: scalars.
 */
export const fusedKernels = {
  hardSwish: 'NasDistillHardSwish',
  hardSwishGrad: 'NasDistillHardSwishGrad',
  gelu: 'NasDistillGelu',
  geluGrad: 'NasDistillGeluGrad',
  layerNorm: 'NasDistillLayerNorm',
  layerNormGrad: 'NasDistillLayerNormGrad',
  adamW: 'NasDistillAdamW',
} as const;

export interface AdamWNumbers {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** 0 for none. */
  readonly weightDecay: number;
}

for (const [kernelName, gradient] of [
  [fusedKernels.hardSwish, fusedKernels.hardSwishGrad],
  [fusedKernels.gelu, fusedKernels.geluGrad],
]) {
  registerGradient({
    kernelName,
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => runFused(gradient, { dy: onlyOne(dy), x })[0] }),
  });
}

registerGradient({
  kernelName: fusedKernels.layerNorm,
  inputsToSave: ['gamma'],
  outputsToSave: [false, true, true],
  gradFunc: (dy, [gamma, xhat, rate]) => {
    const above = Array.isArray(dy) ? dy[0] : dy;
    const gradients = runFused(fusedKernels.layerNormGrad, { dy: above, xhat, gamma, rate });
    return { x: () => gradients[0], gamma: () => gradients[1], beta: () => gradients[2] };
  },
});

/** Says that a backend has these kernels. */
export function offerFusedLayers(
  backend: string,
  names: readonly ('hardSwish' | 'gelu' | 'normaliseRows' | 'adamW')[],
): void {
  const all = {
    hardSwish: (x: Tensor) => runFused(fusedKernels.hardSwish, { x })[0],
    gelu: (x: Tensor) => runFused(fusedKernels.gelu, { x })[0],
    normaliseRows: (x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number) =>
      runFused(fusedKernels.layerNorm, { x, gamma, beta }, { epsilon })[0],
    adamW: (inputs: AdamWInputs, { beta1, beta2, eps, weightDecay }: AdamWNumbers) => {
      const { p, g, m, v, c1, c2, lr } = inputs;
      const [param, newM, newV] = runFused(fusedKernels.adamW, { p, g, m, v, c1, c2, lr }, { beta1, beta2, eps, weightDecay }); // prettier-ignore
      return { param, m: newM, v: newV };
    },
  };
  offerFusedOps(backend, Object.fromEntries(names.map((name) => [name, all[name]])));
}

export interface AdamWInputs {
  readonly p: Tensor;
  readonly g: Tensor;
  readonly m: Tensor;
  readonly v: Tensor;
  readonly c1: Tensor;
  readonly c2: Tensor;
  readonly lr: Tensor;
}

export function runFused(name: string, inputs: NamedTensorMap, attrs: Record<string, number> = {}): Tensor[] {
  const result: Tensor | Tensor[] = engine().runKernel(name, inputs, attrs);
  return Array.isArray(result) ? result : [result];
}

export function onlyOne(dy: Parameters<GradFunc>[0]): Tensor {
  if (Array.isArray(dy)) throw new NasDistillError('INTERNAL', 'an activation has one output');
  return dy;
}
