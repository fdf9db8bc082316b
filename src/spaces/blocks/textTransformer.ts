import { channels } from '../GraphBuilder.js';
import { defineBlock } from './BlockEntry.js';
import { activation, dropPath, expansion, heads, width } from './fields.js';
import { transformerLayer } from './transformerLayer.js';

/** Transformer layer over a text's tokens, of which none looks at padding; a change of width is a linear layer. */
export const textTransformer = defineBlock({
  title: 'text transformer',
  summary: 'transformer layer over the tokens of a text',
  paper: 'arXiv:1810.04805',
  unnormalised: true,
  input: 'text',
  fields: { width, heads, expansion: expansion(2), activation: activation('gelu'), drop_path: dropPath },
  build(b, input, f) {
    return transformerLayer(b, channels(input) === f.width ? input : b.dense(input, f.width), f);
  },
});
