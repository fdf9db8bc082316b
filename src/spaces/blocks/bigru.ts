import { defineBlock } from './BlockEntry.js';
import { dropout, width } from './fields.js';

/** A GRU that reads a text forwards and one that reads it backwards, each with half of the width. */
export const bigru = defineBlock({
  title: 'BiGRU',
  summary: 'GRU in both directions over a text',
  paper: 'arXiv:1406.1078',
  input: 'text',
  fields: { width, dropout },
  build(b, input, f) {
    return b.dropout(b.bidirectional(input, 'gru', Math.max(1, Math.round(f.width / 2))), f.dropout);
  },
});
