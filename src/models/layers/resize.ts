import { interpolation } from '../../engines/interpolation.js';
import { matMul, reshape, tensor3d } from '../../engines/ops.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema, sizeSchema } from './nodeSchema.js';
import { imageInput } from './ShapeMismatch.js';

/**
 * Bilinear resize with half-pixel centres, as two products with constant interpolation matrices.
 */
export const resize: LayerEntry<NodeOf<'resize'>> = {
  schema: nodeSchema('resize', { height: sizeSchema, width: sizeSchema }),
  outputShape(node, inputs) {
    const [, , channels] = imageInput(inputs);
    return [node.height, node.width, channels];
  },
  apply(node, [x]) {
    const [batch, height, width, channels] = x.shape;
    let y = x;
    if (height !== node.height) {
      const rows = tensor3d(interpolation(height, node.height), [1, node.height, height]);
      y = matMul(rows, reshape(y, [batch, height, width * channels]));
    }
    if (width !== node.width) {
      const columns = tensor3d(interpolation(width, node.width), [1, node.width, width]);
      y = matMul(columns, reshape(y, [batch * node.height, width, channels]));
    }
    return reshape(y, [batch, node.height, node.width, channels]);
  },
};
