import { NasDistillError } from '../../core/errors.js';
import { offerFusedOps } from '../fusedOps.js';
import { engine, registerGradient, type NamedTensorMap, type Tensor } from '../tf.js';
import { directConvolution } from './directConvolution.js';
import { normaliseBatch, normaliseBatchGrad } from './kernels/batchNorm.js';
import { gelu, geluGrad } from './kernels/gelu.js';
import { hardSwish, hardSwishGrad } from './kernels/hardSwish.js';
import { normaliseRows, normaliseRowsGrad } from './kernels/layerNorm.js';

let offered = false;

/** Offers layers the compound functions that the lowering knows as one kernel each, with their gradients; once a thread. */
export function offerTracedOps(backend: string): void {
  if (offered) return;
  offered = true;
  registerGradient({
    kernelName: normaliseBatch,
    inputsToSave: ['x', 'gamma'],
    outputsToSave: [false, true, true],
    gradFunc: (dy, [x, gamma, mean, variance], attrs) => {
      const above = Array.isArray(dy) ? dy[0] : dy;
      const [dx, dGamma, dBeta] = run(normaliseBatchGrad, { dy: above, x, gamma, mean, variance }, attrs);
      return { x: () => dx, gamma: () => dGamma, beta: () => dBeta };
    },
  });
  registerGradient({
    kernelName: hardSwish,
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => run(hardSwishGrad, { dy: single(dy), x })[0] }),
  });
  registerGradient({
    kernelName: gelu,
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => run(geluGrad, { dy: single(dy), x })[0] }),
  });
  registerGradient({
    kernelName: normaliseRows,
    inputsToSave: ['x', 'gamma'],
    gradFunc: (dy, [x, gamma], attrs) => {
      const [dx, dGamma, dBeta] = run(normaliseRowsGrad, { dy: single(dy), x, gamma }, attrs);
      return { x: () => dx, gamma: () => dGamma, beta: () => dBeta };
    },
  });
  offerFusedOps(backend, {
    normaliseBatch: (x, gamma, beta, epsilon, near) => {
      const inputs = { x, gamma, beta, ...(near && x.rank === 4 ? { near } : {}) };
      const [output, mean, variance] = run(normaliseBatch, inputs, { epsilon });
      return { output, mean, variance };
    },
    convolve: directConvolution,
    hardSwish: (x) => run(hardSwish, { x })[0],
    gelu: (x) => run(gelu, { x })[0],
    normaliseRows: (x, gamma, beta, epsilon) => run(normaliseRows, { x, gamma, beta }, { epsilon })[0],
  });
}

function run(
  name: string,
  inputs: NamedTensorMap,
  attrs: Parameters<ReturnType<typeof engine>['runKernel']>[2] = {},
): Tensor[] {
  const result: Tensor | Tensor[] = engine().runKernel(name, inputs, attrs);
  return Array.isArray(result) ? result : [result];
}

function single(dy: Tensor | Tensor[]): Tensor {
  if (Array.isArray(dy))
    throw new NasDistillError('INTERNAL', 'the gradient of a function of one output came in several');
  return dy;
}
