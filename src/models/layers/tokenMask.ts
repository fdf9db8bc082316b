import { cast } from '../../engines/ops.js';
import { presence } from './embedding.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema } from './nodeSchema.js';
import { idsInput } from './ShapeMismatch.js';

/** 1 where a token is, 0 where padding is: ids [T] -> [T, 1]. */
export const tokenMask: LayerEntry<NodeOf<'token_mask'>> = {
  schema: nodeSchema('token_mask', {}),
  outputShape: (_node, inputs) => [idsInput(inputs), 1],
  apply: (_node, [x]) => presence(cast(x, 'int32')),
};
