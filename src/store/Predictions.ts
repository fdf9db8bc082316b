import { z } from 'zod';

/** File of a promotion's directory that holds what its models answer. */
export const predictionsFile = 'predictions.json';

const rate = z.number().min(0).max(1);
const answer = z.object({
  /** Index of the class with the highest probability. */
  predicted: z.number().int().nonnegative(),
  /** Of that class, and of the true one. */
  probability: rate,
  ofLabel: rate,
});
const answered = z.object({
  accuracy: rate,
  /** [true class, predicted class, images], each pair that occurs once. */
  confusion: z.array(
    z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative(), z.number().int().positive()]),
  ),
});

/**
 * What a promoted student, its control and the teacher answer on validation, never on test: who looks at single mistakes
 * chooses by them. `examples` are the images on which the student or the teacher errs most (the highest cross entropies).
 */
export const predictionsSchema = z.object({
  format: z.literal(1),
  split: z.literal('validation'),
  classes: z.array(z.string()),
  images: z.number().int().positive(),
  models: z.object({ student: answered, alone: answered.optional(), teacher: answered }),
  examples: z.array(
    z.object({
      /** Position in the validation split. */
      row: z.number().int().nonnegative(),
      label: z.number().int().nonnegative(),
      /** A small PNG as data URI; absent where the data are not images. */
      image: z
        .string()
        .regex(/^data:image\/png;base64,[A-Za-z0-9+/]+=*$/)
        .optional(),
      /** The text as the model reads it; absent where the data are not texts. */
      text: z.string().optional(),
      student: answer,
      alone: answer.optional(),
      teacher: answer,
    }),
  ),
});

export type Predictions = z.infer<typeof predictionsSchema>;
/** What one model answers on one image. */
export type Answer = z.infer<typeof answer>;
