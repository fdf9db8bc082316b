import { channels } from '../GraphBuilder.js';
import { defineBlock } from './BlockEntry.js';
import { activation, expansion, kernel, se, stride, width } from './fields.js';

/** Inverted residual whose expansion and depthwise convolution are one full convolution (EfficientNetV2). */
export const fusedMbconv = defineBlock({
  title: 'fused MBConv',
  summary: 'one full convolution that expands, then project, with a shortcut',
  paper: 'arXiv:2104.00298',
  fields: { width, stride, kernel: kernel(3), expansion: expansion(4), activation: activation('relu6'), se },
  build(b, input, f) {
    const x = b.toGrid(input);
    const shortcut = f.stride === 1 && channels(x) === f.width;
    // As in the paper's code: without expansion the full convolution is the whole block.
    if (f.expansion === 1) {
      const only = b.squeezeExcite(b.convNormAct(x, f.width, f.kernel, f.stride, f.activation), f.se);
      return shortcut ? b.sum(x, only) : only;
    }
    const inner = Math.max(1, Math.round(channels(x) * f.expansion));
    const expanded = b.squeezeExcite(b.convNormAct(x, inner, f.kernel, f.stride, f.activation), f.se);
    const projected = b.batchNorm(b.conv(expanded, f.width, 1));
    return shortcut ? b.sum(x, projected) : projected;
  },
});
