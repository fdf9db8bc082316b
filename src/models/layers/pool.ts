import { avgPool as averaged, maxPool as maximal } from '../../engines/ops.js';
import type { Tensor4D } from '../../engines/tf.js';
import type { NodeSpec } from '../ModelSpec.js';
import type { LayerEntry, Shape } from './LayerEntry.js';
import { nodeSchema, paddingSchema, sizeSchema } from './nodeSchema.js';
import { imageInput } from './ShapeMismatch.js';
import { windowedLength } from './windows.js';

type PoolNode = Extract<NodeSpec, { readonly size: number }>;

const options = { size: sizeSchema, stride: sizeSchema, padding: paddingSchema };

function outputShape({ size, stride, padding }: PoolNode, inputs: readonly Shape[]): Shape {
  const [height, width, channels] = imageInput(inputs);
  return [windowedLength(height, size, stride, padding), windowedLength(width, size, stride, padding), channels];
}

/** Mean of each window; padding does not count. */
export const avgPool: LayerEntry<PoolNode> = {
  schema: nodeSchema('avg_pool', options),
  outputShape,
  apply: (node, [x]) => averaged(x as Tensor4D, node.size, node.stride, node.padding),
};

export const maxPool: LayerEntry<PoolNode> = {
  schema: nodeSchema('max_pool', options),
  outputShape,
  apply: (node, [x]) => maximal(x as Tensor4D, node.size, node.stride, node.padding),
};
