import { defineBlock } from './BlockEntry.js';
import { activation, kernel, se, stride, width } from './fields.js';

/** Depthwise, then pointwise convolution, each with batch norm and activation (MobileNetV1). */
export const separable = defineBlock({
  title: 'separable conv',
  summary: 'depthwise and pointwise convolution',
  paper: 'arXiv:1704.04861',
  fields: { width, stride, kernel: kernel(3), activation: activation('relu'), se },
  build(b, input, f) {
    const spatial = b.depthwiseNormAct(b.toGrid(input), f.kernel, f.stride, f.activation);
    return b.convNormAct(b.squeezeExcite(spatial, f.se), f.width, 1, 1, f.activation);
  },
});
