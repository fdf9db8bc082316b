import { channels } from '../GraphBuilder.js';
import { defineBlock } from './BlockEntry.js';
import { transformerFields } from './fields.js';
import { transformerLayer } from './transformerLayer.js';

/**
 * A transformer layer inside a convolutional net (attention fusion): a strided convolution where shapes change, a
 * depthwise 3x3 that tells positions apart at any resolution (CPVT, arXiv:2102.10882), then attention over all
 * positions and an MLP, and back to the grid.
 */
export const attention = defineBlock({
  title: 'attention',
  summary: 'transformer layer over the positions of a grid, between convolutions',
  paper: 'arXiv:2106.04803',
  unnormalised: true,
  fields: transformerFields,
  build(b, input, f) {
    const grid = b.toGrid(input);
    const same = f.stride === 1 && channels(grid) === f.width;
    const x = same ? grid : b.batchNorm(b.conv(grid, f.width, f.stride === 1 ? 1 : 3, f.stride));
    const placed = b.sum(x, b.depthwise(x, 3, 1, true));
    return b.toGrid(transformerLayer(b, b.toTokens(placed), f));
  },
});
