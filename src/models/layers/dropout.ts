import { floor, mul, add } from '../../engines/ops.js';
import type { Tensor } from '../../engines/tf.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema, rateSchema } from './nodeSchema.js';
import { oneInput } from './ShapeMismatch.js';

/** Drops single values while training, and scales the rest up (JMLR 15, 2014). The random numbers are fed. */
export const dropout: LayerEntry<NodeOf<'dropout'>> = {
  schema: nodeSchema('dropout', { rate: rateSchema }),
  view: true,
  outputShape: (_node, inputs) => oneInput(inputs),
  noise: (node, inputs) => (node.rate > 0 ? oneInput(inputs) : undefined),
  apply: (node, [x], context) => (context.training && node.rate > 0 ? drop(x, node.rate, context.noise()) : x),
};

/** x where noise >= rate (noise uniform in [0, 1)), divided by the share that is kept; else 0. */
export function drop(x: Tensor, rate: number, noise: Tensor): Tensor {
  const keep = 1 - rate;
  return mul(x, mul(floor(add(noise, keep)), 1 / keep));
}
