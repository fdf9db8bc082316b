import { z } from 'zod';
import { reshape as view } from '../../engines/ops.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema, sizeSchema } from './nodeSchema.js';
import { oneInput, ShapeMismatch, showShape } from './ShapeMismatch.js';

const product = (shape: readonly number[]) => shape.reduce((size, n) => size * n, 1);

export const reshape: LayerEntry<NodeOf<'reshape'>> = {
  schema: nodeSchema('reshape', { shape: z.array(sizeSchema).min(1).max(4) }),
  view: true,
  outputShape(node, inputs) {
    const shape = oneInput(inputs);
    if (product(shape) !== product(node.shape)) {
      throw new ShapeMismatch(`cannot reshape ${showShape(shape)} to ${showShape(node.shape)}`);
    }
    return node.shape;
  },
  apply: (node, [x]) => view(x, [x.shape[0], ...node.shape]),
};
