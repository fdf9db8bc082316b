import { channels } from '../GraphBuilder.js';
import { defineBlock } from './BlockEntry.js';
import { transformerFields } from './fields.js';
import { transformerLayer } from './transformerLayer.js';

/**
 * Transformer layer on tokens. A grid becomes tokens with a learnt embedding of each position; a change of width is a
 * linear layer, a stride merges neighbouring tokens through a strided convolution (as Swin does, arXiv:2103.14030).
 */
export const vit = defineBlock({
  title: 'ViT',
  summary: 'transformer layer on tokens',
  paper: 'arXiv:2010.11929',
  unnormalised: true,
  fields: transformerFields,
  build(b, input, f) {
    const merged = f.stride === 1 ? input : b.conv(b.toGrid(input), f.width, f.stride, f.stride, true);
    const tokens = b.toTokens(merged);
    const sized = channels(tokens) === f.width ? tokens : b.dense(tokens, f.width);
    const placed = merged.shape.length === 3 ? b.positionEmbedding(sized) : sized;
    return transformerLayer(b, placed, f);
  },
});
