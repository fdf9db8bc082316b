import { concat as join } from '../../engines/ops.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { atLeastTwo, mismatch, sameShape } from './merges.js';
import { nodeSchema } from './nodeSchema.js';

/** Inputs side by side along the last axis. */
export const concat: LayerEntry<NodeOf<'concat'>> = {
  schema: nodeSchema('concat', {}),
  outputShape(_node, inputs) {
    atLeastTwo(inputs);
    const head = inputs[0].slice(0, -1);
    if (!inputs.every((shape) => sameShape(shape.slice(0, -1), head))) {
      throw mismatch(inputs, 'shapes may differ in the last axis only');
    }
    return [...head, inputs.reduce((sum, shape) => sum + shape[shape.length - 1], 0)];
  },
  apply: (_node, inputs) => join([...inputs], inputs[0].rank - 1),
};
