import { z } from 'zod';
import { mean } from '../../engines/tf.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema } from './nodeSchema.js';
import { oneInput, ShapeMismatch, showShape } from './ShapeMismatch.js';

/** Mean over all positions: [..., C] -> [C], or [1, ..., C]. */
export const globalAvgPool: LayerEntry<NodeOf<'global_avg_pool'>> = {
  schema: nodeSchema('global_avg_pool', { keepDims: z.boolean().optional() }),
  outputShape(node, inputs) {
    const shape = oneInput(inputs);
    if (shape.length < 2) throw new ShapeMismatch(`has no positions to average over: ${showShape(shape)}`);
    const channels = shape[shape.length - 1];
    return node.keepDims ? [...shape.slice(0, -1).map(() => 1), channels] : [channels];
  },
  apply(node, [x]) {
    const positions = x.shape.map((_, axis) => axis).slice(1, -1);
    return mean(x, positions, node.keepDims ?? false);
  },
};
