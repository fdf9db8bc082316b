import type { z } from 'zod';
import { describeInvalid } from '../core/describeInvalid.js';
import { NasDistillError } from '../core/errors.js';
import type { AugmentationPolicy } from '../data/Dataset.js';
import { mixingKey } from '../data/mixing.js';
import type { CompleteRecipe } from '../distillation/recipes/Recipe.js';
import { temperatureRampSchema, weightRampSchema } from '../distillation/schedules/ramp.js';
import type { TrainingConfig, TrainingTerm } from '../distillation/TrainingConfig.js';
import type { LossTerm, SpaceMixing, SpaceRecipe, TrainingChoice } from '../spaces/SearchSpace.js';
import type { StudyConfig } from './StudyConfig.js';

type Settings = Pick<
  StudyConfig,
  | 'recipe'
  | 'epochs'
  | 'batchSize'
  | 'losses'
  | 'learningRate'
  | 'optimiser'
  | 'weightDecay'
  | 'clipNorm'
  | 'labelSmoothing'
  | 'augmentation'
  | 'seed'
>;

/**
 * The training that a study's settings describe. What the space's choices say for an architecture (its losses, its optimiser,
 * ...) takes the place of the study's own.
 * @throws NasDistillError CONFIG for what an architecture cannot choose beside a recipe with stages
 */
export function trainingOf(config: Settings, { losses, training: chosen = {} }: SpaceRecipe = {}): TrainingConfig {
  const { epochs, batchSize, recipe } = config;
  if (recipe !== undefined)
    return { epochs, batchSize, ...withChoices(trainingOfRecipe(recipe, losses, chosen), chosen) };
  const { optimiser, learningRate, weightDecay, clipNorm, labelSmoothing } = config;
  if (learningRate === undefined || clipNorm === undefined || labelSmoothing === undefined) {
    throw new NasDistillError('INTERNAL', 'the settings of a study have neither a recipe nor a training of their own');
  }
  const own = {
    optimiser: optimiser ?? { name: 'adamw', options: { weightDecay } },
    learningRate,
    schedule: { name: 'warmup-cosine' },
    clipNorm,
    labelSmoothing,
    losses: losses?.map(scheduled) ?? config.losses ?? [],
  };
  return { epochs, batchSize, ...withChoices(own, chosen) };
}

type Training = Omit<TrainingConfig, 'epochs' | 'batchSize'>;

/** A training with what a space chose of it. What is switched off is left out, as in one that never had it. */
function withChoices(training: Training, { mixing, ema, ...chosen }: TrainingChoice): Training {
  const { mixing: ownMixing, ema: ownEma, ...rest } = training;
  const mixed = mixing === undefined ? ownMixing : mixing;
  const averaged = ema === undefined ? ownEma : ema;
  return {
    ...rest,
    ...chosen,
    ...(averaged === undefined || averaged === null ? {} : { ema: averaged }),
    ...(mixed === undefined || mixed === null ? {} : { mixing: mixed }),
  };
}

function trainingOfRecipe(
  recipe: CompleteRecipe,
  losses: readonly LossTerm[] | undefined,
  chosen: TrainingChoice,
): Training {
  const { optimiser, learningRate, schedule, clipNorm, clipValue, labelSmoothing, ema, weighting, stages, mixing } =
    recipe;
  const twice = [
    losses === undefined ? undefined : 'losses',
    chosen.optimiser === undefined ? undefined : 'optimiser',
    chosen.learningRate === undefined ? undefined : 'learning rate',
  ].find((what) => what !== undefined);
  if (twice !== undefined && stages !== undefined) {
    throw new NasDistillError('CONFIG', `the space chooses the ${twice}, and recipe ${recipe.name ?? ''} has stages`, {
      hint: 'Stages have losses, optimisers and learning rates of their own: use a recipe without stages, or a space that leaves them alone.',
    });
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
    ...(mixing === null ? {} : { mixing }),
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

/**
 * How the study's samples are varied, and mixed if its training says so.
 * @param options.views instead of the study's own @param options.training the only one that is made; default: the study's own
 * @param options.mixings those that the space's choices can set: each has as many views as the study says
 */
export function augmentationOf(
  config: Settings,
  options: { views?: number; training?: TrainingConfig; mixings?: readonly (SpaceMixing | null)[] } = {},
): AugmentationPolicy {
  const { views = config.augmentation.views, training = trainingOf(config), mixings = [] } = options;
  const { shift, flip, wordDropout } = config.augmentation;
  const words = wordDropout === undefined ? {} : { wordDropout };
  const common = { shift, flip, seed: config.seed, ...words };
  const own = training.mixing ?? null;
  // The uniformly scaled baseline is trained as the study says.
  const all = [...new Map([own, ...mixings].map((mixing) => [mixingKey(mixing), mixing])).values()];
  if (all.length > 1) return { ...common, views: views * all.length, mixings: all };
  return { ...common, views, ...(own === null ? {} : { mixing: own }) };
}

/** Every loss term that a candidate of the study may use: the study's own and all that the space's choices can set. */
export function possibleLosses(config: Settings, sampled: readonly SpaceRecipe[]): TrainingTerm[] {
  const byName = new Map<string, TrainingTerm>();
  for (const term of [...trainingOf(config).losses, ...sampled.flatMap(({ losses }) => losses?.map(scheduled) ?? [])]) {
    byName.set(JSON.stringify(term), term);
  }
  return [...byName.values()];
}
