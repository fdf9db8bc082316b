import { defineBlock } from './BlockEntry.js';
import { dropout, width } from './fields.js';

/** A LSTM that reads a text forwards and one that reads it backwards, each with half of the width. */
export const bilstm = defineBlock({
  title: 'BiLSTM',
  summary: 'LSTM in both directions over a text',
  paper: 'Graves & Schmidhuber, Neural Networks 18, 2005',
  input: 'text',
  fields: { width, dropout },
  build(b, input, f) {
    return b.dropout(b.bidirectional(input, 'lstm', Math.max(1, Math.round(f.width / 2))), f.dropout);
  },
});
