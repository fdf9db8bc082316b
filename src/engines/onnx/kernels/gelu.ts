import type { OnnxGraph } from '../lowering/OnnxGraph.js';
import { elementwise } from './binary.js';
import type { KernelTable } from './types.js';
import { hardSigmoid, unary } from './unary.js';

/** x * Phi(x), Phi being the normal distribution's function, and its gradient. */
export const gelu = 'Gelu';
export const geluGrad = 'GeluGrad';

/** x / sqrt(2) and Phi(x); 1/2 erf + 1/2 is a line that HardSigmoid never clips. */
function parts(g: OnnxGraph, x: string): { z: string; phi: string } {
  const z = g.op('Mul', [x, g.scalar(Math.SQRT1_2)]);
  return { z, phi: hardSigmoid(g, g.op('Erf', [z]), 0.5, 0.5) };
}

export const geluKernels = {
  [gelu]: unary(
    ({ graph: g, attrs }, x) => (attrs.bool('alone') ? g.runtime('Gelu', [x]) : g.op('Mul', [x, parts(g, x).phi])),
    'x',
    true,
  ),
  // d/dx = Phi(x) + x phi(x) with phi(x) = exp(-x^2 / 2) / sqrt(2 pi): x phi(x) = z exp(-z^2) / sqrt(pi).
  [geluGrad]: elementwise(
    ['dy', 'x'],
    ({ graph: g }, [dy, x]) => {
      const { z, phi } = parts(g, x);
      const density = g.op('Exp', [g.op('Sub', [g.scalar(-Math.log(Math.PI) / 2), g.op('Mul', [z, z])])]);
      return g.op('Mul', [dy, g.op('Add', [phi, g.op('Mul', [z, density])])]);
    },
    undefined,
    true,
  ),
} satisfies KernelTable;
