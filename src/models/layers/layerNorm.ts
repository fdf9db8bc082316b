import { z } from 'zod';
import { ones, zeros } from '../Initialiser.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema } from './nodeSchema.js';
import { normaliseRows } from './normaliseRows.js';
import { channelsOf, oneInput } from './ShapeMismatch.js';

export const layerNormEpsilon = 1e-5;

/** Layer normalisation over the last axis (arXiv:1607.06450, eq. 4), biased variance. */
export const layerNorm: LayerEntry<NodeOf<'layer_norm'>> = {
  schema: nodeSchema('layer_norm', { epsilon: z.number().positive().optional() }),
  outputShape: (_node, inputs) => oneInput(inputs),
  params(_node, inputs) {
    const shape = [channelsOf(inputs)];
    return [
      { name: 'gamma', shape, init: ones, trainable: true },
      { name: 'beta', shape, init: zeros, trainable: true },
    ];
  },
  apply(node, [x], context) {
    return normaliseRows(x, context.param('gamma'), context.param('beta'), node.epsilon ?? layerNormEpsilon);
  },
};
