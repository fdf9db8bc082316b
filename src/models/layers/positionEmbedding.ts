import { add } from '../../engines/ops.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema } from './nodeSchema.js';
import { tokensInput } from './ShapeMismatch.js';

/** Adds a learnt embedding [T, C] of each position (arXiv:2010.11929, eq. 1). */
export const positionEmbedding: LayerEntry<NodeOf<'position_embedding'>> = {
  schema: nodeSchema('position_embedding', {}),
  outputShape: (_node, inputs) => tokensInput(inputs),
  params(_node, inputs) {
    const shape = tokensInput(inputs);
    return [{ name: 'embedding', shape, init: { kind: 'normal', stddev: 0.02 }, trainable: true }];
  },
  apply: (_node, [x], context) => add(x, context.param('embedding')),
};
