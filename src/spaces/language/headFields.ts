import { z } from 'zod';
import { activation } from '../blocks/fields.js';

/** Fields of the section `head`. */
export const headFields = {
  width: z
    .number('must be a whole number from 0 to 8192')
    .int()
    .min(0)
    .max(8192)
    .default(0)
    .describe('channels of a last 1x1 convolution before pooling (of a dense layer after it for tokens), 0 is none'),
  activation: activation('relu'),
  pool: z
    .enum(['mean', 'max', 'both'], 'must be mean, max or both')
    .default('mean')
    .describe('texts: what is taken over the tokens; both puts the two side by side'),
  distillation_token: z
    .boolean('must be true or false')
    .default(false)
    .describe(
      'a learnt token with a head of its own, which the teacher teaches (arXiv:2012.12877); answers are the mean of both',
    ),
  dropout: z.number('must be a number from 0 to 0.9').min(0).max(0.9).default(0).describe('dropout before the logits'),
};

export const headSchema = z.object(headFields);

/** `input`: the data's own resolution. */
export const resolutionSchema = z.union([z.literal('input'), z.number().int().min(4).max(1024)], {
  error: 'must be `input` or a whole number of pixels from 4 to 1024',
});
