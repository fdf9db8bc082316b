import { NasDistillError } from '../../../core/errors.js';
import type { OnnxGraph } from '../lowering/OnnxGraph.js';
import { elementwise } from './binary.js';
import type { KernelTable } from './types.js';
import { hardSigmoid, unary } from './unary.js';

// The constants of Klambauer et al. 2017 (arXiv:1706.02515) as tfjs-core has them.
const seluAlpha = 1.7580993408473768 / 1.0507009873554805;
const seluGamma = 1.0507009873554805;

/** The activation that tfjs fuses into a convolution or matrix product, applied to the tensor `x`. */
export function applyActivation(g: OnnxGraph, x: string, name: string, alpha: number, slope?: string): string {
  switch (name) {
    case 'linear':
      return x;
    case 'relu':
      return g.op('Relu', [x]);
    case 'relu6':
      return g.op('Clip', [x, g.scalar(0), g.scalar(6)]);
    case 'hard_swish':
      return g.op('Mul', [x, hardSigmoid(g, x, 1 / 6, 0.5)]);
    case 'elu':
      return g.op('Elu', [x]);
    case 'sigmoid':
      return g.op('Sigmoid', [x]);
    case 'leakyrelu':
      return g.op('LeakyRelu', [x], { alpha: { float: alpha } });
    case 'prelu':
      if (slope !== undefined) return g.op('PRelu', [x, slope]);
  }
  throw new NasDistillError('ENGINE_UNSUPPORTED', `fused activation ${name} has no lowering to ONNX`);
}

export const activationKernels = {
  Elu: unary(({ graph: g }, x) => g.op('Elu', [x]), 'x', true),
  LeakyRelu: unary(({ graph: g, attrs }, x) => applyActivation(g, x, 'leakyrelu', attrs.num('alpha')), 'x', true),
  Prelu: elementwise(['x', 'alpha'], ({ graph: g }, [x, alpha]) => g.op('PRelu', [x, alpha])),
  Relu: unary(({ graph: g }, x) => g.op('Relu', [x]), 'x', true),
  Relu6: unary(({ graph: g }, x) => applyActivation(g, x, 'relu6', 0), 'x', true),
  Selu: unary(({ graph: g }, x) => g.op('Selu', [x], { alpha: { float: seluAlpha }, gamma: { float: seluGamma } })),
  // y is the output of Elu: its slope is 1 for y >= 0 and y + 1 below.
  EluGrad: elementwise(['dy', 'y'], ({ graph: g }, [dy, y]) =>
    g.op('Mul', [dy, g.op('Add', [g.op('Min', [y, g.scalar(0)]), g.scalar(1)])]),
  ),
} satisfies KernelTable;
