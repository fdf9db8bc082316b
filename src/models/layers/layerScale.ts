import { z } from 'zod';
import { mul } from '../../engines/ops.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema } from './nodeSchema.js';
import { channelsOf, oneInput } from './ShapeMismatch.js';

/** Learnt scale per channel (arXiv:2103.17239, eq. 4). */
export const layerScale: LayerEntry<NodeOf<'layer_scale'>> = {
  schema: nodeSchema('layer_scale', { init: z.number() }),
  outputShape: (_node, inputs) => oneInput(inputs),
  params(node, inputs) {
    const init = { kind: 'constant', value: node.init } as const;
    return [{ name: 'scale', shape: [channelsOf(inputs)], init, trainable: true }];
  },
  apply: (_node, [x], context) => mul(x, context.param('scale')),
};
