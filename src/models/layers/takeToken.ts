import { z } from 'zod';
import { reshape, slice } from '../../engines/ops.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema } from './nodeSchema.js';
import { ShapeMismatch, tokensInput } from './ShapeMismatch.js';

/** Picks one token: [T, C] -> [C]. */
export const takeToken: LayerEntry<NodeOf<'take_token'>> = {
  schema: nodeSchema('take_token', { index: z.int().min(0) }),
  outputShape(node, inputs) {
    const [tokens, channels] = tokensInput(inputs);
    if (node.index >= tokens) throw new ShapeMismatch(`there is no token ${node.index} among ${tokens}`);
    return [channels];
  },
  apply(node, [x]) {
    const [batch, , channels] = x.shape;
    return reshape(slice(x, [0, node.index, 0], [batch, 1, channels]), [batch, channels]);
  },
};
