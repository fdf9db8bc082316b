import { z } from 'zod';
import { defineBlock } from './BlockEntry.js';
import { activation, dropout, width } from './fields.js';

/** Convolutions of several lengths along a text, side by side: each looks for phrases of so many words (Kim 2014). */
export const textCnn = defineBlock({
  title: 'text CNN',
  summary: 'convolutions of several lengths along a text, side by side',
  paper: 'arXiv:1408.5882',
  input: 'text',
  fields: {
    width,
    kernels: z
      .string('must be lengths such as 3-4-5')
      .regex(/^(?:[1-9]|[12]\d|3[01])(?:-(?:[1-9]|[12]\d|3[01]))*$/, 'must be lengths from 1 to 31, such as 3-4-5')
      .default('3-4-5')
      .describe('lengths of the convolutions, which share the width'),
    activation: activation('relu'),
    dropout,
  },
  build(b, input, f) {
    const kernels = f.kernels.split('-').map(Number);
    const share = Math.floor(f.width / kernels.length);
    // What does not divide goes to the first ones.
    const sizes = kernels.map((_, i) => Math.max(1, share + (i < f.width % kernels.length ? 1 : 0)));
    const parts = kernels.map((kernel, i) => b.conv1d(input, sizes[i], kernel));
    const joined = parts.length === 1 ? parts[0] : b.concat(parts);
    return b.dropout(b.act(joined, f.activation), f.dropout);
  },
});
