import { z } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import { defineBlock } from './BlockEntry.js';
import { dropout, width } from './fields.js';

/**
 * The stem of models of texts: a learnt vector for each word. Two ways to make its table, which is most of a small model,
 * smaller: fewer words (the most frequent ones), and a factorised table (ALBERT): narrow vectors and a linear layer.
 */
export const embedding = defineBlock({
  title: 'embedding',
  summary: 'a learnt vector for each word of a text',
  paper: 'arXiv:1909.11942',
  repeatable: false,
  input: 'text',
  fields: {
    width,
    vocabulary: z
      .number('must be 0 or a whole number from 2 to 1000000')
      .int()
      .min(0)
      .max(1_000_000)
      .refine((words) => words !== 1, 'must be 0 or a whole number from 2 to 1000000')
      .default(0)
      .describe('how many of the most frequent words have a vector of their own, 0 is all'),
    inner: z
      .number('must be a whole number from 0 to 8192')
      .int()
      .min(0)
      .max(8192)
      .default(0)
      .describe('width of the table, with a linear layer behind it; 0: the table has the width itself'),
    positions: z.boolean('must be true or false').default(false).describe('a learnt embedding of each position'),
    dropout,
  },
  build(b, input, f, { vocabulary }) {
    if (vocabulary === undefined) throw new NasDistillError('INTERNAL', 'an embedding needs a vocabulary');
    const { size, unknown } = vocabulary;
    const cut = f.vocabulary > unknown && f.vocabulary < size;
    const table = b.embedding(input, cut ? f.vocabulary : size, f.inner || f.width, cut ? unknown : undefined);
    const words = f.inner > 0 ? b.dense(table, f.width) : table;
    return b.dropout(f.positions ? b.positionEmbedding(words) : words, f.dropout);
  },
});
