import { channels } from '../GraphBuilder.js';
import { defineBlock } from './BlockEntry.js';
import { activation, expansion, kernel, se, stride, width } from './fields.js';

/** Expand by 1x1, depthwise, project by 1x1 without activation; a shortcut where shapes allow (MobileNetV2). */
export const invertedResidual = defineBlock({
  title: 'inverted residual',
  summary: 'expand, depthwise convolution, project, with a shortcut (MBConv)',
  paper: 'arXiv:1801.04381',
  fields: { width, stride, kernel: kernel(3), expansion: expansion(4), activation: activation('relu6'), se },
  build(b, input, f) {
    const x = b.toGrid(input);
    const inner = Math.max(1, Math.round(channels(x) * f.expansion));
    const expanded = f.expansion === 1 ? x : b.convNormAct(x, inner, 1, 1, f.activation);
    const spatial = b.squeezeExcite(b.depthwiseNormAct(expanded, f.kernel, f.stride, f.activation), f.se);
    const projected = b.batchNorm(b.conv(spatial, f.width, 1));
    return f.stride === 1 && channels(x) === f.width ? b.sum(x, projected) : projected;
  },
});
