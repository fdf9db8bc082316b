import { defineBlock } from './BlockEntry.js';
import { activation, kernel, se, stride, width } from './fields.js';

/** Convolution, batch norm, activation. */
export const conv = defineBlock({
  title: 'conv',
  summary: 'convolution, batch norm, activation',
  fields: { width, stride, kernel: kernel(3), activation: activation('relu'), se },
  build(b, input, f) {
    return b.squeezeExcite(b.convNormAct(b.toGrid(input), f.width, f.kernel, f.stride, f.activation), f.se);
  },
});
