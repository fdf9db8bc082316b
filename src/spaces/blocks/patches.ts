import { z } from 'zod';
import { defineBlock } from './BlockEntry.js';
import { width } from './fields.js';

/** Cuts the grid into patches and embeds each linearly: the stem of transformers and ConvNeXt. */
export const patches = defineBlock({
  title: 'patches',
  summary: 'linear embedding of square patches, layer norm',
  paper: 'arXiv:2010.11929',
  fields: {
    width,
    patch: z.number('must be a whole number from 1 to 32').int().min(1).max(32).default(4).describe('side of a patch'),
  },
  build(b, input, f) {
    return b.layerNorm(b.conv(b.toGrid(input), f.width, f.patch, f.patch, true));
  },
});
