import { z } from 'zod';
import { fusedOps } from '../../engines/fusedOps.js';
import { div, maximum, mean, mul, reshape, sum } from '../../engines/ops.js';
import type { Tensor } from '../../engines/tf.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema } from './nodeSchema.js';
import { maskedTokensInput, oneInput, ShapeMismatch, showShape } from './ShapeMismatch.js';

/** Mean over all positions: [..., C] -> [C], or [1, ..., C]. With a mask [T, 1] as second input: over those that it keeps. */
export const globalAvgPool: LayerEntry<NodeOf<'global_avg_pool'>> = {
  schema: nodeSchema('global_avg_pool', { keepDims: z.boolean().optional() }),
  outputShape(node, inputs) {
    if (inputs.length > 1) {
      if (node.keepDims) throw new ShapeMismatch('a mask and keepDims do not go together');
      return [maskedTokensInput(inputs)[1]];
    }
    const shape = oneInput(inputs);
    if (shape.length < 2) throw new ShapeMismatch(`has no positions to average over: ${showShape(shape)}`);
    const channels = shape[shape.length - 1];
    return node.keepDims ? [...shape.slice(0, -1).map(() => 1), channels] : [channels];
  },
  apply(node, inputs) {
    const [x] = inputs;
    if (inputs.length > 1) return maskedMean(x, inputs[1]);
    const positions = x.shape.map((_, axis) => axis).slice(1, -1);
    const fused = fusedOps().meanOverPositions?.(x);
    if (fused === undefined) return mean(x, positions, node.keepDims ?? false);
    return node.keepDims ? reshape(fused, [x.shape[0], ...positions.map(() => 1), x.shape[x.rank - 1]]) : fused;
  },
};

/** x [B, T, C] and mask [B, T, 1] -> [B, C]. */
function maskedMean(x: Tensor, mask: Tensor): Tensor {
  return div(sum(mul(x, mask), 1), maximum(sum(mask, 1), 1));
}
