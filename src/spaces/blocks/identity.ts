import { defineBlock } from './BlockEntry.js';
import { stride } from './fields.js';

/** Nothing, or the mean over stride x stride positions: leaves a stage out while keeping its stride. */
export const identity = defineBlock({
  title: 'identity',
  summary: 'passes its input on; average pooling where it strides',
  repeatable: false,
  fields: { stride },
  build(b, input, f) {
    return f.stride === 1 ? input : b.avgPool(b.toGrid(input), f.stride);
  },
});
