import { concat, mul, ones } from '../../engines/ops.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema } from './nodeSchema.js';
import { tokensInput } from './ShapeMismatch.js';

/** Prepends one learnt token: [T, C] -> [T + 1, C] (arXiv:2010.11929, eq. 1). */
export const classToken: LayerEntry<NodeOf<'class_token'>> = {
  schema: nodeSchema('class_token', {}),
  outputShape(_node, inputs) {
    const [tokens, channels] = tokensInput(inputs);
    return [tokens + 1, channels];
  },
  params(_node, inputs) {
    const [, channels] = tokensInput(inputs);
    return [{ name: 'token', shape: [1, channels], init: { kind: 'normal', stddev: 0.02 }, trainable: true }];
  },
  apply(_node, [x], context) {
    // A product, not a tile: the gradient of a product is one sum, that of a tile one slice for each sample.
    const tokens = mul(ones([x.shape[0], 1, 1]), context.param('token'));
    return concat([tokens, x], 1);
  },
};
