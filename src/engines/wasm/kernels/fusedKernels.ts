// Whole functions as kernels of the wasm backend, with their gradients, over our own module.
import { z } from 'zod';
import { fusedKernels, offerFusedLayers, onlyOne, runFused } from '../../fusedLayers.js';
import { offerFusedOps } from '../../fusedOps.js';
import {
  getBackend,
  getGradient,
  registerGradient,
  type KernelConfig,
  type Tensor,
  type TensorInfo,
} from '../../tf.js';
import { sizeOf, type SimdKernels } from '../simd/SimdKernels.js';
import { listKernels } from './listKernels.js';
import { simdKernel } from './simdKernel.js';

const wasm = 'wasm';
const batchNorm = 'NasDistillWasmBatchNorm';
const batchNormGrad = 'NasDistillWasmBatchNormGrad';
const epsilonAttribute = z.object({ epsilon: z.number() });

/** All of them; the caller registers them, and then calls `offerWasmFunctions`. */
export function fusedWasmKernels(): KernelConfig[] {
  return [
    mapped(fusedKernels.hardSwish, (simd, args) => simd.call.hardSwish(args)),
    mapped(fusedKernels.gelu, (simd, args) => simd.call.gelu(args)),
    gradient(fusedKernels.hardSwishGrad, (simd, args) => simd.call.hardSwishGradient(args)),
    gradient(fusedKernels.geluGrad, (simd, args) => simd.call.geluGradient(args)),
    gradient('NasDistillWasmReluGrad', (simd, args) => simd.call.reluGradient(args)),
    gradient('NasDistillWasmRelu6Grad', (simd, args) => simd.call.relu6Gradient(args)),
    layerNorm(),
    layerNormGradient(),
    batchNormForward(),
    batchNormGradient(),
    ...listKernels(),
  ];
}

/** Offers them to layers, losses and optimisers; once a thread. */
export function offerWasmFunctions(): void {
  offerFusedLayers(wasm, ['hardSwish', 'gelu', 'normaliseRows', 'adamW', 'clipByGlobalNorm']);
  offerFusedOps(wasm, { normaliseBatch });
  registerGradient({
    kernelName: batchNorm,
    inputsToSave: ['x', 'gamma'],
    outputsToSave: [false, true, true],
    gradFunc: (dy, [x, gamma, mean, variance], attrs) => {
      const above = Array.isArray(dy) ? dy[0] : dy;
      const gradients = runFused(batchNormGrad, { dy: above, x, gamma, mean, variance }, { epsilon: Number(attrs.epsilon) }); // prettier-ignore
      return { x: () => gradients[0], gamma: () => gradients[1], beta: () => gradients[2] };
    },
  });
  for (const kernelName of ['Relu', 'Relu6']) {
    // tfjs's gradients are global: other backends keep the one that was there.
    const former = getGradient(kernelName);
    registerGradient({
      ...former,
      gradFunc: (dy, saved, attrs) => {
        if (getBackend() !== wasm) return former.gradFunc(dy, saved, attrs);
        return { x: () => runFused(`NasDistillWasm${kernelName}Grad`, { dy: onlyOne(dy), x: saved[0] })[0] };
      },
    });
  }
}

function mapped(
  name: string,
  run: (simd: SimdKernels, args: { x: number; y: number; count: number }) => void,
): KernelConfig {
  // prettier-ignore
  return simdKernel(name, (given, _attrs, simd) => {
    const x = given('x');
    const out = simd.output(x.shape);
    run(simd, { x: simd.at(x), y: simd.at(out), count: sizeOf(x) });
    return out;
  });
}

function gradient(
  name: string,
  run: (simd: SimdKernels, args: { dy: number; x: number; dx: number; count: number }) => void,
): KernelConfig {
  return simdKernel(name, (given, _attrs, simd) => {
    const [dy, x] = [given('dy'), given('x')];
    const out = simd.output(x.shape);
    run(simd, { dy: simd.at(dy), x: simd.at(x), dx: simd.at(out), count: sizeOf(x) });
    return out;
  });
}

/** Rows and columns of a tensor whose last axis is the columns. */
function matrixOf(x: TensorInfo): { rows: number; columns: number } {
  const columns = x.shape[x.shape.length - 1];
  return { rows: sizeOf(x) / columns, columns };
}

function layerNorm(): KernelConfig {
  return simdKernel(fusedKernels.layerNorm, (given, attrs, simd) => {
    const x = given('x');
    const { rows, columns } = matrixOf(x);
    const [y, xhat, rate] = [simd.output(x.shape), simd.output(x.shape), simd.output([rows])];
    simd.call.normaliseRows({
      x: simd.at(x),
      gamma: simd.at(given('gamma')),
      beta: simd.at(given('beta')),
      epsilon: epsilonAttribute.parse(attrs).epsilon,
      share: 1 / columns,
      rows,
      columns,
      y: simd.at(y),
      xhat: simd.at(xhat),
      rate: simd.at(rate),
    });
    return [y, xhat, rate];
  });
}

function layerNormGradient(): KernelConfig {
  return simdKernel(fusedKernels.layerNormGrad, (given, _attrs, simd) => {
    const [dy, xhat, gamma] = [given('dy'), given('xhat'), given('gamma')];
    const { rows, columns } = matrixOf(dy);
    const [dx, dGamma, dBeta] = [simd.output(dy.shape), simd.zeros([columns]), simd.zeros([columns])];
    const at = { dy: simd.at(dy), xhat: simd.at(xhat), gamma: simd.at(gamma), rate: simd.at(given('rate')) };
    simd.call.normaliseRowsGradient({ ...at, share: 1 / columns, rows, columns, dx: simd.at(dx) });
    const none = simd.scratch(4 * columns);
    simd.floats(none, columns).fill(0);
    simd.call.columnProducts({ dy: at.dy, x: at.xhat, mean: none, rows, columns, target: simd.at(dGamma) });
    simd.call.columnSums({ x: at.dy, rows, columns, target: simd.at(dBeta) });
    return [dx, dGamma, dBeta];
  });
}

/** y, mean, biased variance, over all axes but the last. */
function batchNormForward(): KernelConfig {
  return simdKernel(batchNorm, (given, attrs, simd) => {
    const x = given('x');
    const { epsilon } = epsilonAttribute.parse(attrs);
    const { rows, columns } = matrixOf(x);
    const [y, mean, variance] = [simd.output(x.shape), simd.zeros([columns]), simd.zeros([columns])];
    const scratch = simd.scratch(8 * columns);
    const vector = (info: TensorInfo) => simd.floats(simd.at(info), columns);
    simd.call.columnSums({ x: simd.at(x), rows, columns, target: simd.at(mean) });
    vector(mean).forEach((sum, c, values) => (values[c] = sum / rows));
    simd.call.columnSquares({ x: simd.at(x), mean: simd.at(mean), rows, columns, target: simd.at(variance) });
    vector(variance).forEach((sum, c, values) => (values[c] = sum / rows));
    const [scale, shift] = [simd.floats(scratch, columns), simd.floats(scratch + 4 * columns, columns)];
    const [means, variances, gamma, beta] = [mean, variance, given('gamma'), given('beta')].map(vector);
    for (let c = 0; c < columns; c++) {
      scale[c] = gamma[c] / Math.sqrt(variances[c] + epsilon);
      shift[c] = beta[c] - means[c] * scale[c];
    }
    simd.call.scaleColumns({ x: simd.at(x), scale: scratch, shift: scratch + 4 * columns, rows, columns, y: simd.at(y) }); // prettier-ignore
    return [y, mean, variance];
  });
}

/**
 * With r = 1 / sqrt(variance + epsilon) and N rows: d beta = sum dy, d gamma = r * sum dy * (x - mean),
 * dx = gamma * r * (dy - d beta / N - (x - mean) * r * d gamma / N).
 */
function batchNormGradient(): KernelConfig {
  return simdKernel(batchNormGrad, (given, attrs, simd) => {
    const [dy, x, gamma, mean, variance] = ['dy', 'x', 'gamma', 'mean', 'variance'].map(given);
    const { epsilon } = epsilonAttribute.parse(attrs);
    const { rows, columns } = matrixOf(x);
    const [dx, dGamma, dBeta] = [simd.output(x.shape), simd.zeros([columns]), simd.zeros([columns])];
    const scratch = simd.scratch(12 * columns);
    const at = { dy: simd.at(dy), x: simd.at(x) };
    simd.call.columnSums({ x: at.dy, rows, columns, target: simd.at(dBeta) });
    simd.call.columnProducts({ ...at, mean: simd.at(mean), rows, columns, target: simd.at(dGamma) });
    const [dGammas, dBetas, gammas, means, variances] = [dGamma, dBeta, gamma, mean, variance].map((info) => simd.floats(simd.at(info), columns)); // prettier-ignore
    const [a, b, e] = [0, 1, 2].map((i) => simd.floats(scratch + 4 * i * columns, columns));
    for (let c = 0; c < columns; c++) {
      const r = 1 / Math.sqrt(variances[c] + epsilon);
      dGammas[c] *= r;
      a[c] = gammas[c] * r;
      b[c] = (-gammas[c] * r * r * dGammas[c]) / rows;
      e[c] = (-gammas[c] * r * dBetas[c]) / rows - means[c] * b[c];
    }
    simd.call.combineColumns({ ...at, a: scratch, b: scratch + 4 * columns, e: scratch + 8 * columns, rows, columns, dx: simd.at(dx) }); // prettier-ignore
    return [dx, dGamma, dBeta];
  });
}

function normaliseBatch(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number) {
  const [output, mean, variance] = runFused(batchNorm, { x, gamma, beta }, { epsilon });
  return { output, mean, variance };
}
