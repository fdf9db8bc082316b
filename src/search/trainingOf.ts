import type { z } from 'zod';
import { describeInvalid } from '../core/describeInvalid.js';
import { NasDistillError } from '../core/errors.js';
import type { AugmentationPolicy } from '../data/Dataset.js';
import type { Recipe } from '../distillation/recipes/Recipe.js';
import { temperatureRampSchema, weightRampSchema } from '../distillation/schedules/ramp.js';
import type { TrainingConfig, TrainingTerm } from '../distillation/TrainingConfig.js';
import type { LossTerm } from '../spaces/SearchSpace.js';
import type { StudyConfig } from './StudyConfig.js';

type Settings = Pick<
  StudyConfig,
  | 'recipe'
  | 'epochs'
  | 'batchSize'
  | 'losses'
  | 'learningRate'
  | 'weightDecay'
  | 'clipNorm'
  | 'labelSmoothing'
  | 'augmentation'
  | 'seed'
>;

/**
 * The training that a study's settings describe; `losses` of an architecture replace the study's own.
 * @throws NasDistillError CONFIG for losses of an architecture beside a recipe with stages
 */
export function trainingOf(config: Settings, losses?: readonly LossTerm[]): TrainingConfig {
  const { epochs, batchSize, recipe } = config;
  if (recipe !== undefined) return { epochs, batchSize, ...trainingOfRecipe(recipe, losses) };
  const { learningRate, weightDecay, clipNorm, labelSmoothing } = config;
  if (learningRate === undefined || clipNorm === undefined || labelSmoothing === undefined) {
    throw new NasDistillError('INTERNAL', 'the settings of a study have neither a recipe nor a training of their own');
  }
  return {
    epochs,
    batchSize,
    optimiser: { name: 'adamw', options: { weightDecay } },
    learningRate,
    schedule: { name: 'warmup-cosine' },
    clipNorm,
    labelSmoothing,
    losses: losses?.map(scheduled) ?? config.losses ?? [],
  };
}

function trainingOfRecipe(
  recipe: Recipe,
  losses: readonly LossTerm[] | undefined,
): Omit<TrainingConfig, 'epochs' | 'batchSize'> {
  const { optimiser, learningRate, schedule, clipNorm, clipValue, labelSmoothing, ema, weighting, stages } = recipe;
  if (losses !== undefined && stages !== undefined) {
    throw new NasDistillError(
      'CONFIG',
      `the space chooses the losses, and recipe ${recipe.name ?? ''} has stages of them`,
      {
        hint: 'Use a recipe with losses, or a space without them.',
      },
    );
  }
  const planned = stages?.map((stage) => ({
    ...(stage.name === undefined ? {} : { name: stage.name }),
    length: stage.length,
    losses: stage.losses,
    weighting: stage.weighting ?? weighting,
    optimiser: stage.optimiser ?? optimiser,
    learningRate: stage.learningRate ?? learningRate,
    schedule: stage.schedule ?? schedule,
    freeze: stage.freeze,
  }));
  // What is switched off is left out: the same training is the same data, however it was written.
  return {
    optimiser,
    learningRate,
    schedule,
    clipNorm,
    labelSmoothing,
    losses: losses?.map(scheduled) ?? recipe.losses ?? planned?.flatMap((stage) => stage.losses) ?? [],
    ...(clipValue === null ? {} : { clipValue }),
    ...(ema === null ? {} : { ema }),
    ...(weighting.name === 'fixed' ? {} : { weighting }),
    ...(planned === undefined ? {} : { stages: planned }),
  };
}

/** A space's term with its schedules checked. @throws NasDistillError CONFIG naming the loss and what is wrong */
function scheduled({ loss, weight, options, schedule, temperature }: LossTerm): TrainingTerm {
  const checked = <T>(key: string, schema: z.ZodType<T>, given: unknown): T => {
    const parsed = schema.safeParse(given);
    if (parsed.success) return parsed.data;
    throw new NasDistillError('CONFIG', `the space's loss ${loss}: ${key}: ${describeInvalid(parsed.error)}`, {
      hint: 'kind is constant, linear, cosine or (for schedule) warm-up: see docs/recipes.md, Terms.',
    });
  };
  return {
    loss,
    weight,
    ...(options === undefined ? {} : { options }),
    ...(schedule === undefined ? {} : { schedule: checked('schedule', weightRampSchema, schedule) }),
    ...(temperature === undefined ? {} : { temperature: checked('temperature', temperatureRampSchema, temperature) }),
  };
}

/** How the study's images are varied, and mixed if its recipe says so. @param views instead of the study's own */
export function augmentationOf(config: Settings, views = config.augmentation.views): AugmentationPolicy {
  const mixing = config.recipe?.mixing ?? null;
  const { shift, flip, wordDropout } = config.augmentation;
  const words = wordDropout === undefined ? {} : { wordDropout };
  return { shift, flip, views, seed: config.seed, ...words, ...(mixing === null ? {} : { mixing }) };
}

/** Every loss term that a candidate of the study may use: the study's own and all that the space's choices can set. */
export function possibleLosses(
  config: Settings,
  sampled: readonly (readonly LossTerm[] | undefined)[],
): TrainingTerm[] {
  const byName = new Map<string, TrainingTerm>();
  for (const term of [...trainingOf(config).losses, ...sampled.flatMap((terms) => terms?.map(scheduled) ?? [])]) {
    byName.set(JSON.stringify(term), term);
  }
  return [...byName.values()];
}
