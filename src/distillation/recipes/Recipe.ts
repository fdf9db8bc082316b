import { z } from 'zod';
import { mixingSchema } from '../../data/mixing.js';
import { optimisers } from '../optimisers/registry.js';
import { schedules } from '../schedules/registry.js';
import { weightings } from '../weighting/registry.js';
import { checkEntry, termSchema } from './termSchema.js';

function named(what: string, registry: Parameters<typeof checkEntry>[1]) {
  return z
    .strictObject({ name: z.string(), options: z.record(z.string(), z.unknown()).optional() })
    .superRefine((given, context) => checkEntry(what, registry, given, 'name', context));
}

const terms = z
  .array(termSchema)
  .min(1)
  .refine((list) => list.some(({ loss, weight }) => loss !== 'none' && weight > 0), {
    message: 'no loss has a weight above 0',
  });
/** An optimiser by name, with options. */
export const optimiserSchema = named('optimiser', optimisers);
const optimiser = optimiserSchema;
const schedule = named('schedule', schedules);
const weighting = named('weighting', weightings);
const learningRate = z.number().positive();

const stageSchema = z.strictObject({
  name: z.string().min(1).optional().describe('for messages'),
  length: z.number().positive().max(1).describe('fraction of all steps'),
  losses: terms.describe('terms of this stage'),
  weighting: weighting.optional().describe("instead of the recipe's"),
  optimiser: optimiser.optional().describe("instead of the recipe's; its state begins anew"),
  learningRate: learningRate.optional().describe("peak, instead of the recipe's"),
  schedule: schedule.optional().describe("instead of the recipe's; over this stage's steps"),
  freeze: z
    .array(z.string().min(1))
    .default([])
    .describe('parts of the student that stand still, such as stem, stage1'),
});

/** How students are trained, without how long and on what: the same file serves brief and full distillation. */
export const recipeSchema = z
  .strictObject({
    name: z.string().min(1).optional().describe('for lists and reports'),
    description: z.string().optional().describe('one line'),
    losses: terms.optional().describe('weighted loss terms; or stages'),
    weighting: weighting.default({ name: 'fixed' }).describe('how the terms are weighed against each other'),
    optimiser: optimiser.optional().describe("update rule; absent, with learningRate: the space's, else adamw"),
    learningRate: learningRate.optional().describe('peak of the schedule; absent beside an optimiser: 0.01'),
    schedule: schedule.default({ name: 'warmup-cosine' }).describe('learning rate over the steps'),
    clipNorm: z.number().positive().nullable().default(1).describe('largest global norm of the gradient; null: any'),
    clipValue: z.number().positive().nullable().default(null).describe('largest size of a gradient value; null: any'),
    labelSmoothing: z.number().min(0).max(0.5).default(0).describe('share of the labels spread over all classes'),
    mixing: mixingSchema.nullable().default(null).describe('Mixup and CutMix; null: single images'),
    ema: z
      .strictObject({ decay: z.number().gt(0).lt(1).default(0.99).describe('share of the average that is kept') })
      .nullable()
      .default(null)
      .describe('evaluate and export the moving average of the weights; null: the weights themselves'),
    stages: z.array(stageSchema).min(1).optional().describe('one after the other, instead of losses'),
  })
  .superRefine((recipe, context) => {
    const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (recipe.losses === undefined && recipe.stages === undefined) issue('losses', 'give losses, or stages');
    if (recipe.losses !== undefined && recipe.stages !== undefined) {
      issue('stages', 'each stage has its own losses: take losses out');
    }
    if (recipe.stages === undefined) return;
    const sum = recipe.stages.reduce((total, { length }) => total + length, 0);
    if (Math.abs(sum - 1) > 1e-6) issue('stages', `their lengths add up to ${Number(sum.toFixed(6))}, not to 1`);
  });
export type Recipe = z.infer<typeof recipeSchema>;
/** A recipe that leaves nothing to the space. */
export type CompleteRecipe = Recipe & Required<Pick<Recipe, 'optimiser' | 'learningRate'>>;
export type RecipeInput = z.input<typeof recipeSchema>;
