import { fusedOps } from '../../engines/fusedOps.js';
import { mul } from '../../engines/ops.js';
import type { LayerEntry, NodeOf, Shape } from './LayerEntry.js';
import { mismatch, sameShape } from './merges.js';
import { nodeSchema } from './nodeSchema.js';
import { ShapeMismatch } from './ShapeMismatch.js';

/** True if `gate` is [1, ..., 1, C] for `x` [..., C]. */
function gates(gate: Shape, x: Shape): boolean {
  const last = x.length - 1;
  return gate.length === x.length && gate.every((size, axis) => size === (axis === last ? x[last] : 1));
}

/** The same of a batch of them: [B, 1, ..., 1, C] for [B, ..., C]. */
function gatesEach(gate: Shape, x: Shape): boolean {
  return x.length > 2 && gate[0] === x[0] && gates(gate.slice(1), x.slice(1)) && !sameShape(gate, x);
}

/** True if `mask` is [T, 1] for a sequence `x` [T, C]. */
function masks(mask: Shape, x: Shape): boolean {
  return mask.length === 2 && x.length === 2 && mask[0] === x[0] && mask[1] === 1;
}

/**
 * Product of two inputs of one shape, of an input and a gate [1, 1, C] (squeeze-excite, arXiv:1709.01507), or of a sequence
 * [T, C] and a mask [T, 1].
 */
export const multiply: LayerEntry<NodeOf<'multiply'>> = {
  schema: nodeSchema('multiply', {}),
  outputShape(_node, inputs) {
    if (inputs.length !== 2) throw new ShapeMismatch(`needs 2 inputs, has ${inputs.length}`);
    const [a, b] = inputs;
    if (sameShape(a, b) || gates(b, a) || masks(b, a)) return a;
    if (gates(a, b) || masks(a, b)) return b;
    throw mismatch(inputs, 'shapes do not multiply');
  },
  apply(_node, [a, b]) {
    const fused = fusedOps().gate;
    if (fused && gatesEach(b.shape, a.shape)) return fused(a, b);
    if (fused && gatesEach(a.shape, b.shape)) return fused(b, a);
    return mul(a, b);
  },
};
