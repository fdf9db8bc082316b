import { z } from 'zod';
import { channels } from '../GraphBuilder.js';
import { defineBlock } from './BlockEntry.js';
import { activation, dilation, kernel, se, stride, width } from './fields.js';

/**
 * A bottleneck whose convolution is in groups of channels (ResNeXt), dilated if asked for. Departs from arXiv:1611.05431 in choosing the
 * channels of a group instead of their number, as RegNet does (arXiv:2003.13678): any width then has whole groups.
 */
export const resnext = defineBlock({
  title: 'ResNeXt',
  summary: 'reduce, convolution in groups of channels, restore, with a shortcut',
  paper: 'arXiv:1611.05431',
  exclusive: ['stride', 'dilation'],
  fields: {
    width,
    stride,
    kernel: kernel(3),
    dilation,
    reduction: z
      .number('must be a number from 1 to 16')
      .min(1)
      .max(16)
      .default(2)
      .describe('channels / inner channels, which are rounded to whole groups'),
    group_width: z
      .number('must be a whole number from 2 to 1024')
      .int()
      .min(2)
      .max(1024)
      .default(8)
      .describe('inner channels of a group'),
    activation: activation('relu'),
    se,
  },
  build(b, input, f) {
    const x = b.toGrid(input);
    const groups = Math.max(1, Math.round(f.width / f.reduction / f.group_width));
    const inner = groups * f.group_width;
    const reduced = b.convNormAct(x, inner, 1, 1, f.activation);
    const spread = b.conv(reduced, inner, f.kernel, f.stride, false, { groups, dilation: f.dilation });
    const spatial = b.act(b.batchNorm(spread), f.activation);
    const branch = b.squeezeExcite(b.batchNorm(b.conv(spatial, f.width, 1)), f.se);
    const same = f.stride === 1 && channels(x) === f.width;
    const shortcut = same ? x : b.batchNorm(b.conv(x, f.width, 1, f.stride));
    return b.act(b.sum(shortcut, branch), f.activation);
  },
});
