import { matMul, reshape, tensor3d } from '../../engines/ops.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema, sizeSchema } from './nodeSchema.js';
import { imageInput } from './ShapeMismatch.js';

/**
 * Bilinear resize with half-pixel centres. Done as two products with constant interpolation matrices, because tfjs's
 * gradient of resizeBilinear ignores halfPixelCenters and would train another function than the one that runs.
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

/** The [to, from] matrix of linear interpolation: sample i lies at (i + 0.5) * from / to - 0.5, clamped to the border. */
export function interpolation(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const at = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(at);
    const high = Math.min(low + 1, from - 1);
    matrix[i * from + low] += 1 - (at - low);
    matrix[i * from + high] += at - low;
  }
  return matrix;
}
