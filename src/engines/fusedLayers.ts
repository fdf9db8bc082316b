import { NasDistillError } from '../core/errors.js';
import { offerFusedOps, type FusedOps } from './fusedOps.js';
import {
  customGrad,
  engine,
  mul,
  registerGradient,
  sum,
  tensor1d,
  type GradFunc,
  type NamedTensorMap,
  type Tensor,
} from './tf.js';

/**
 * Kernels that engines may have for whole functions, with their gradients as kernels too: an engine registers those kernels
 * under its backend's name and offers the functions.
 *
 * - HardSwish: x -> y; HardSwishGrad: dy, x -> dx. Gelu and GeluGrad alike.
 * - LayerNorm: x, gamma, beta, attribute epsilon -> y, xhat, rate [rows]; LayerNormGrad: dy, xhat, gamma, rate -> dx, d gamma,
 *   d beta. Over the last axis.
 * - BatchNorm: x [..., C], gamma, beta, attribute epsilon -> y, mean, biased variance; BatchNormGrad: dy, x, gamma, mean,
 *   variance, attribute epsilon -> dx, d gamma, d beta. In training; no gradient goes through the statistics by themselves.
 * - Scale: x [..., C], scale [C], shift [C] -> x * scale + shift; AddBias: x, bias [C] -> x + bias.
 * - Gate: x [N, .., C], gate [N, 1, .., 1, C] -> x * gate; GateGrad: dy, x, gate -> dx, d gate.
 * - PlaneMean: x [N, .., C] -> [N, C]; PlaneMeanGrad: dy [N, C], x -> dx.
 * - Dense: x [..., C], w [C, N], bias [N] or [0] -> y; DenseGradInput: dy, w -> dx; DenseGradWeights: x, dy -> dw, db.
 * - Attention: q, k, v, attribute heads -> y, weights; AttentionGrad: dy, dweights, q, k, v, weights -> dq, dk, dv.
 * - AdamW: p0.., g0.., m, v, c1, c2, lr -> new p.., m, v. Sgd: p0.., g0.., v, lr -> new p.., v. Clip: g0.. -> clipped.., norm.
 *   Average: x0.., average, decay -> average. Moments and averages are vectors, c1, c2, lr, decay and norm scalars.
 */
export const fusedKernels = {
  hardSwish: 'NasDistillHardSwish',
  hardSwishGrad: 'NasDistillHardSwishGrad',
  gelu: 'NasDistillGelu',
  geluGrad: 'NasDistillGeluGrad',
  layerNorm: 'NasDistillLayerNorm',
  layerNormGrad: 'NasDistillLayerNormGrad',
  batchNorm: 'NasDistillBatchNorm',
  batchNormGrad: 'NasDistillBatchNormGrad',
  scale: 'NasDistillScale',
  addBias: 'NasDistillAddBias',
  gate: 'NasDistillGate',
  gateGrad: 'NasDistillGateGrad',
  planeMean: 'NasDistillPlaneMean',
  planeMeanGrad: 'NasDistillPlaneMeanGrad',
  dense: 'NasDistillDense',
  denseGradInput: 'NasDistillDenseGradInput',
  denseGradWeights: 'NasDistillDenseGradWeights',
  attention: 'NasDistillAttention',
  attentionGrad: 'NasDistillAttentionGrad',
  adamW: 'NasDistillAdamW',
  sgd: 'NasDistillSgd',
  clip: 'NasDistillClip',
  average: 'NasDistillAverage',
} as const;

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
  kernelName: fusedKernels.batchNorm,
  inputsToSave: ['x', 'gamma'],
  outputsToSave: [false, true, true],
  gradFunc: (dy, [x, gamma, mean, variance], attrs) => {
    const inputs = { dy: Array.isArray(dy) ? dy[0] : dy, x, gamma, mean, variance };
    const [dx, dGamma, dBeta] = runFused(fusedKernels.batchNormGrad, inputs, { epsilon: Number(attrs.epsilon) });
    return { x: () => dx, gamma: () => dGamma, beta: () => dBeta };
  },
});

const allButLast = (x: Tensor) => x.shape.slice(0, -1).map((_, axis) => axis);

registerGradient({
  kernelName: fusedKernels.scale,
  inputsToSave: ['x', 'scale'],
  gradFunc: (dy, [x, scale]) => ({
    x: () => mul(onlyOne(dy), scale),
    scale: () => sum(mul(onlyOne(dy), x), allButLast(x)),
    shift: () => sum(onlyOne(dy), allButLast(x)),
  }),
});

registerGradient({
  kernelName: fusedKernels.addBias,
  gradFunc: (dy) => ({ x: () => onlyOne(dy), bias: () => sum(onlyOne(dy), allButLast(onlyOne(dy))) }),
});

registerGradient({
  kernelName: fusedKernels.gate,
  inputsToSave: ['x', 'gate'],
  gradFunc: (dy, [x, gate]) => {
    const [dx, dGate] = runFused(fusedKernels.gateGrad, { dy: onlyOne(dy), x, gate });
    return { x: () => dx, gate: () => dGate };
  },
});

registerGradient({
  kernelName: fusedKernels.planeMean,
  inputsToSave: ['x'],
  gradFunc: (dy, [x]) => ({ x: () => runFused(fusedKernels.planeMeanGrad, { dy: onlyOne(dy), x })[0] }),
});

registerGradient({
  kernelName: fusedKernels.dense,
  inputsToSave: ['x', 'w', 'bias'],
  gradFunc: (dy, [x, w, bias]) => {
    const above = onlyOne(dy);
    // Here and not in the functions below: what one of those makes beside its own result is freed when it returns.
    const [dw, db] = runFused(fusedKernels.denseGradWeights, { x, dy: above });
    return {
      x: () => runFused(fusedKernels.denseGradInput, { dy: above, w })[0],
      w: () => dw,
      bias: () => (bias.size > 0 ? db : bias),
    };
  },
});

registerGradient({
  kernelName: fusedKernels.attention,
  inputsToSave: ['q', 'k', 'v'],
  outputsToSave: [false, true],
  gradFunc: (dy, [q, k, v, weights], attrs) => {
    if (!Array.isArray(dy)) throw new NasDistillError('INTERNAL', 'attention has two outputs');
    const inputs = { dy: dy[0], dweights: dy[1], q, k, v, weights };
    const gradients = runFused(fusedKernels.attentionGrad, inputs, { heads: Number(attrs.heads) });
    return { q: () => gradients[0], k: () => gradients[1], v: () => gradients[2] };
  },
});

/** Not as the kernel's own gradient: tfjs would make zeros for the outputs that nobody reads, at each call. */
function normaliseRows(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor {
  return customGrad((...args) => {
    const save = args[args.length - 1];
    if (typeof save !== 'function') throw new NasDistillError('INTERNAL', 'customGrad gave no save function');
    const [value, xhat, rate] = runFused(fusedKernels.layerNorm, { x, gamma, beta }, { epsilon });
    save([xhat, rate, gamma]);
    return {
      value,
      gradFunc: (dy: Tensor | Tensor[], saved: Tensor[]) => {
        const [hat, rates, scale] = saved;
        return runFused(fusedKernels.layerNormGrad, { dy: onlyOne(dy), xhat: hat, gamma: scale, rate: rates });
      },
    };
  })(x, gamma, beta);
}

const functions = {
  normaliseBatch: (x, gamma, beta, epsilon) => {
    const [output, mean, variance] = runFused(fusedKernels.batchNorm, { x, gamma, beta }, { epsilon });
    return { output, mean, variance };
  },
  scaleChannels: (x, scale, shift) => runFused(fusedKernels.scale, { x, scale, shift }, { activation: 0 })[0],
  addBias: (x, bias) => runFused(fusedKernels.addBias, { x, bias }, { activation: 0 })[0],
  gate: (x, gate) => runFused(fusedKernels.gate, { x, gate })[0],
  meanOverPositions: (x) => runFused(fusedKernels.planeMean, { x })[0],
  hardSwish: (x) => runFused(fusedKernels.hardSwish, { x })[0],
  gelu: (x) => runFused(fusedKernels.gelu, { x })[0],
  normaliseRows,
  dense: (x, w, bias) => runFused(fusedKernels.dense, { x, w, bias: bias ?? tensor1d([], 'float32') })[0],
  attention: (q, k, v, heads) => {
    const [output, weights] = runFused(fusedKernels.attention, { q, k, v }, { heads });
    return { output, weights };
  },
  adamW: ({ params, grads }, state, numbers) => {
    const inputs = { ...named('p', params), ...named('g', grads), ...state };
    const out = runFused(fusedKernels.adamW, inputs, { count: params.length, ...numbers });
    const [m, v] = out.slice(params.length);
    return { params: out.slice(0, params.length), m, v };
  },
  sgd: ({ params, grads }, { velocity, lr }, { momentum, nesterov, weightDecay }) => {
    const inputs = { ...named('p', params), ...named('g', grads), v: velocity, lr };
    const attrs = { count: params.length, momentum, nesterov: nesterov ? 1 : 0, weightDecay };
    const out = runFused(fusedKernels.sgd, inputs, attrs);
    return { params: out.slice(0, params.length), velocity: out[params.length] };
  },
  clipByGlobalNorm: (grads, maxNorm) => {
    const out = runFused(fusedKernels.clip, named('g', grads), { count: grads.length, maxNorm });
    return { grads: out.slice(0, grads.length), norm: out[grads.length] };
  },
  movedAverage: (average, values, decay) =>
    runFused(fusedKernels.average, { ...named('x', values), average, decay }, { count: values.length })[0],
} satisfies FusedOps;

/** Says that a backend has the kernels of these functions. */
export function offerFusedLayers(backend: string, names: readonly (keyof typeof functions)[]): void {
  offerFusedOps(backend, Object.fromEntries(names.map((name) => [name, functions[name]])));
}

function named(prefix: string, tensors: readonly Tensor[]): NamedTensorMap {
  return Object.fromEntries(tensors.map((tensor, i) => [`${prefix}${i}`, tensor]));
}

export function runFused(name: string, inputs: NamedTensorMap, attrs: Record<string, number> = {}): Tensor[] {
  const result: Tensor | Tensor[] = engine().runKernel(name, inputs, attrs);
  return Array.isArray(result) ? result : [result];
}

export function onlyOne(dy: Parameters<GradFunc>[0]): Tensor {
  if (Array.isArray(dy)) throw new NasDistillError('INTERNAL', 'this function has one output');
  return dy;
}
