import { channels } from '../GraphBuilder.js';
import { defineBlock } from './BlockEntry.js';
import { activation, dropout, kernel, width } from './fields.js';

/** Convolution along a text, layer norm, activation; a shortcut where the width stays. */
export const textConv = defineBlock({
  title: 'text conv',
  summary: 'convolution along a text, layer norm, activation, with a shortcut',
  paper: 'arXiv:1705.03122',
  input: 'text',
  fields: { width, kernel: kernel(3), activation: activation('relu'), dropout },
  build(b, input, f) {
    const branch = b.dropout(b.act(b.layerNorm(b.conv1d(input, f.width, f.kernel)), f.activation), f.dropout);
    return channels(input) === f.width ? b.sum(input, branch) : branch;
  },
});
