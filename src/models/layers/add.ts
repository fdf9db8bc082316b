import { add as plus } from '../../engines/ops.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { atLeastTwo, mismatch, sameShape } from './merges.js';
import { nodeSchema } from './nodeSchema.js';

/** Sum of inputs of one shape. */
export const add: LayerEntry<NodeOf<'add'>> = {
  schema: nodeSchema('add', {}),
  outputShape(_node, inputs) {
    atLeastTwo(inputs);
    if (!inputs.every((shape) => sameShape(shape, inputs[0]))) throw mismatch(inputs, 'cannot add shapes that differ');
    return inputs[0];
  },
  apply: (_node, inputs) => inputs.reduce((sum, x) => plus(sum, x)),
};
