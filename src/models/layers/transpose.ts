import { transpose as swap } from '../../engines/ops.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema } from './nodeSchema.js';
import { tokensInput } from './ShapeMismatch.js';

/** [T, C] -> [C, T]. */
export const transpose: LayerEntry<NodeOf<'transpose'>> = {
  schema: nodeSchema('transpose', {}),
  outputShape(_node, inputs) {
    const [tokens, channels] = tokensInput(inputs);
    return [channels, tokens];
  },
  apply: (_node, [x]) => swap(x, [0, 2, 1]),
};
