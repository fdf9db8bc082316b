import { z } from 'zod';

const index = z.number().int().nonnegative();
const rate = z.number().min(0).max(1);
/** [true class, predicted class, samples], each pair that occurs once. */
const confusion = z.array(z.tuple([index, index, z.number().int().positive()]));

/** [row of the validation split, predicted class, its probability, the true class's probability]. */
export type SampleAnswer = readonly [row: number, predicted: number, probability: number, ofLabel: number];

/**
 * What a student answered on validation after its last epoch, in the few numbers that are shown of it: bounded, whatever
 * the size of the split. Where more pairs of classes occur than `mostCells`, the rarest are left out.
 */
export const trialAnswersSchema = z.object({
  samples: z.number().int().positive(),
  accuracy: rate,
  confusion,
  /** On which it erred most (the least probability for the true class) and those that it was asked for, ascending by row. */
  examples: z.array(z.tuple([index, index, rate, rate])),
});
export type TrialAnswers = z.infer<typeof trialAnswersSchema>;

/** What the teacher answers on each row of the validation split, by column. */
export const teacherAnswersSchema = z
  .object({
    classes: z.array(z.string()),
    labels: z.array(index),
    predicted: z.array(index),
    probability: z.array(rate),
    ofLabel: z.array(rate),
  })
  .refine(
    ({ labels, predicted, probability, ofLabel }) =>
      [predicted, probability, ofLabel].every((column) => column.length === labels.length),
    'columns differ in length',
  );
export type TeacherAnswers = z.infer<typeof teacherAnswersSchema>;

/** How a validation sample is shown: a small PNG, or the text as the model reads it. */
export const sampleSchema = z.object({
  image: z
    .string()
    .regex(/^data:image\/png;base64,[A-Za-z0-9+/]+=*$/)
    .optional(),
  text: z.string().optional(),
});
export type Sample = z.infer<typeof sampleSchema> & { readonly row: number };

export const mostCells = 1024;
