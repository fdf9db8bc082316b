import { z } from 'zod';
import { add, mean, mul, rsqrt, square, sub } from '../../engines/tf.js';
import { ones, zeros } from '../Initialiser.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema } from './nodeSchema.js';
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
    const centred = sub(x, mean(x, -1, true));
    const variance = mean(square(centred), -1, true);
    const normal = mul(centred, rsqrt(add(variance, node.epsilon ?? layerNormEpsilon)));
    return add(mul(normal, context.param('gamma')), context.param('beta'));
  },
};
