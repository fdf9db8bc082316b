import { channels } from '../GraphBuilder.js';
import { defineBlock } from './BlockEntry.js';
import { activation, kernel, se, stride, width } from './fields.js';

/** Two convolutions and a shortcut, projected by 1x1 where shapes differ (ResNet-18/34). */
export const resnetBasic = defineBlock({
  title: 'ResNet basic',
  summary: 'two convolutions with a shortcut',
  paper: 'arXiv:1512.03385',
  fields: { width, stride, kernel: kernel(3), activation: activation('relu'), se },
  build(b, input, f) {
    const x = b.toGrid(input);
    const first = b.convNormAct(x, f.width, f.kernel, f.stride, f.activation);
    const branch = b.squeezeExcite(b.batchNorm(b.conv(first, f.width, f.kernel)), f.se);
    const same = f.stride === 1 && channels(x) === f.width;
    const shortcut = same ? x : b.batchNorm(b.conv(x, f.width, 1, f.stride));
    return b.act(b.sum(shortcut, branch), f.activation);
  },
});
