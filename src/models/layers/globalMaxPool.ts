import { add, max, mul, sub } from '../../engines/ops.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema } from './nodeSchema.js';
import { maskedTokensInput } from './ShapeMismatch.js';

/** What is added to a value that a mask hides: less than anything that a layer gives. */
export const hidden = 1e9;

/**
 * Largest value over the positions of a sequence, "max over time" (Kim, arXiv:1408.5882, section 2): [T, C] -> [C]. With a
 * mask [T, 1] as second input: over those that it keeps.
 */
export const globalMaxPool: LayerEntry<NodeOf<'global_max_pool'>> = {
  schema: nodeSchema('global_max_pool', {}),
  outputShape: (_node, inputs) => [maskedTokensInput(inputs)[1]],
  apply(_node, inputs) {
    const [x] = inputs;
    return max(inputs.length === 1 ? x : add(x, mul(sub(inputs[1], 1), hidden)), 1);
  },
};
