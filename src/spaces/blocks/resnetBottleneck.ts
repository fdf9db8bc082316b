import { z } from 'zod';
import { channels } from '../GraphBuilder.js';
import { defineBlock } from './BlockEntry.js';
import { activation, kernel, se, stride, width } from './fields.js';

/** Reduce by 1x1, convolution, restore by 1x1, with a shortcut (ResNet-50; the stride sits in the middle, as in v1.5). */
export const resnetBottleneck = defineBlock({
  title: 'ResNet bottleneck',
  summary: 'reduce, convolution, restore, with a shortcut',
  paper: 'arXiv:1512.03385',
  fields: {
    width,
    stride,
    kernel: kernel(3),
    reduction: z
      .number('must be a number from 1 to 16')
      .min(1)
      .max(16)
      .default(4)
      .describe('channels / inner channels'),
    activation: activation('relu'),
    se,
  },
  build(b, input, f) {
    const x = b.toGrid(input);
    const inner = Math.max(1, Math.round(f.width / f.reduction));
    const reduced = b.convNormAct(x, inner, 1, 1, f.activation);
    const spatial = b.convNormAct(reduced, inner, f.kernel, f.stride, f.activation);
    const branch = b.squeezeExcite(b.batchNorm(b.conv(spatial, f.width, 1)), f.se);
    const same = f.stride === 1 && channels(x) === f.width;
    const shortcut = same ? x : b.batchNorm(b.conv(x, f.width, 1, f.stride));
    return b.act(b.sum(shortcut, branch), f.activation);
  },
});
