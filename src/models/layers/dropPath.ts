import { drop } from './dropout.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema, rateSchema } from './nodeSchema.js';
import { oneInput } from './ShapeMismatch.js';

/** Stochastic depth (arXiv:1603.09382): drops the whole branch of a sample while training. The random numbers are fed. */
export const dropPath: LayerEntry<NodeOf<'drop_path'>> = {
  schema: nodeSchema('drop_path', { rate: rateSchema }),
  view: true,
  outputShape: (_node, inputs) => oneInput(inputs),
  noise: (node, inputs) => (node.rate > 0 ? oneInput(inputs).map(() => 1) : undefined),
  apply: (node, [x], context) => (context.training && node.rate > 0 ? drop(x, node.rate, context.noise()) : x),
};
