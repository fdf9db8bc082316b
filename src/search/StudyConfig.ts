import { z } from 'zod';
import { closest } from '../core/closest.js';
import { NasDistillError } from '../core/errors.js';
import { readYamlFile, type YamlFile } from '../core/yamlFile.js';
import { dataOptionsShape } from '../data/DataOptions.js';
import { firstIssue } from '../distillation/recipes/describeIssue.js';
import { completeRecipe, ownOptimiser, type OptimiserSetting } from '../distillation/recipes/completeRecipe.js';
import { loadRecipe } from '../distillation/recipes/loadRecipe.js';
import { optimiserSchema, recipeSchema, type CompleteRecipe } from '../distillation/recipes/Recipe.js';
import { termSchema } from '../distillation/recipes/termSchema.js';
import { weightFormats } from '../costs/CostModel.js';
import type { StudyDefaults } from '../spaces/SearchSpace.js';

const augmentation = z.strictObject({
  shift: z.number().int().nonnegative().default(2),
  flip: z.boolean().default(true),
  views: z.number().int().positive().default(2),
  /** Texts: share of the words that a view shows as unknown. */
  wordDropout: z.number().min(0).max(0.9).optional(),
});

const wholeOrAuto = 'must be auto or a whole number >0';

/** Everything that a study is. A study file holds any part of it; flags go on top. */
export const studyConfigSchema = z.strictObject({
  name: z.string().optional(),
  space: z.string().default('mobile-cnn'),
  data: z.string().default('fashion-mnist'),
  ...dataOptionsShape,
  teacher: z.string().optional(),
  budgets: z.array(z.string()).default([]),
  /** Devices whose latency is a cost, beside those that a budget names. */
  devices: z.array(z.string().min(1)).default([]),
  /** The cost that is minimised beside the accuracy, or several. */
  objective: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
  weights: z.enum(weightFormats).default('float32'),
  /** Another study of the same space whose trials the sampler learns from. */
  warmStart: z.string().min(1).optional(),
  sampler: z.string().default('auto'),
  samplerOptions: z.record(z.string(), z.unknown()).default({}),
  pruner: z.string().default('auto'),
  prunerOptions: z.record(z.string(), z.unknown()).default({}),
  /** What a pruner compares beside the costs: the accuracy, or the mean training loss of the epoch (checkPruneBy.ts). */
  pruneBy: z.enum(['accuracy', 'loss']).default('accuracy'),
  /** A zero-cost proxy that may pick what is trained near each proposal, while it ranks better than size does. */
  proxy: z.string().min(1).optional(),
  proxyOptions: z
    .strictObject({
      /** Architectures compared for each trial. */
      candidates: z.number().int().min(2).max(200).default(8),
      /** Trained students from which on the proxy is judged. */
      startup: z.number().int().min(4).default(10),
    })
    .prefault({}),
  /** Candidates begin with the weights of their closest finished relative. */
  inherit: z.boolean().default(false),
  /** Every so manieth of them is trained from scratch as well, to know what that is worth; 0: none. */
  inheritControl: z.number().int().min(0).default(4),
  /** Megabytes of weights that a study keeps for that. */
  inheritLimit: z.number().positive().default(256),
  /** Megabytes of checkpoints that a study keeps of trials that its pruner paused. */
  checkpointLimit: z.number().positive().default(1024),
  trials: z.number().int().positive().default(40),
  /** Milliseconds of wall-clock time after which no new trial starts. */
  timeMs: z.number().positive().optional(),
  /** Trials at once; auto: with the threads of each, whatever does the most training steps on this machine. */
  workers: z.union([z.literal('auto'), z.number().int().positive()], wholeOrAuto).default('auto'),
  /** Of each worker; absent: the cores divided by the workers. */
  threads: z.number().int().positive().optional(),
  /** Candidates prepared while others train; auto: one, where memory allows it (chooseAhead.ts). */
  ahead: z
    .union([z.literal('auto'), z.number().int().nonnegative()], 'must be auto or a whole number >=0')
    .default('auto'),
  deterministic: z.boolean().default(false),
  seed: z.number().int().nonnegative().default(1),
  engine: z.string().default('auto'),
  epochs: z.number().int().positive().default(3),
  /** Absent: the space's, else 64. */
  batchSize: z.number().int().min(2).optional(),
  /** Name or file of a recipe, or a recipe itself; instead of the six keys that follow. */
  recipe: z.union([z.string().min(1), z.record(z.string(), z.unknown())]).optional(),
  /** Absent, with learningRate and weightDecay: the space's, else adamw. */
  optimiser: optimiserSchema.optional(),
  learningRate: z.number().positive().optional(),
  /** Of adamw, in short. */
  weightDecay: z.number().nonnegative().optional(),
  clipNorm: z.number().positive().nullable().optional(),
  labelSmoothing: z.number().min(0).max(0.5).optional(),
  losses: z.array(termSchema).min(1).optional(),
  augmentation: augmentation.prefault({}),
  /** Images of the training split that brief distillation uses. */
  trainImages: z.number().int().positive().default(10_000),
  validationImages: z.number().int().positive().default(5_000),
  /** Width multipliers of the uniformly scaled baseline; those within the budget are trained. */
  baselineWidths: z.array(z.number().positive()).default([0.25, 0.5, 1, 2]),
  /** Runs of each student of the front, with seeds of their own, before the front is final; 1: the search's own alone. */
  confirm: z.number().int().min(1).max(20).default(1),
  /** Milliseconds that a trial may train; absent: generously by what others took. */
  trialTimeoutMs: z.number().positive().optional(),
  /** Gigabytes of memory that the workers together may take; absent: nine tenths of the machine's. */
  memoryLimit: z.number().positive().optional(),
  maxConsecutiveFailures: z.number().int().positive().default(5),
});
/** Settings with defaults filled in: either a recipe, checked, or the keys that say the same in short. */
export type StudyConfig = Omit<z.infer<typeof studyConfigSchema>, 'recipe' | 'batchSize'> & {
  readonly batchSize: number;
  readonly recipe?: CompleteRecipe;
};
/** What a file or the flags give: any part of a study's settings. */
export type StudySettings = z.input<typeof studyConfigSchema>;

/** How students are trained where a study has no recipe. */
const ownTraining = {
  clipNorm: 1,
  labelSmoothing: 0,
  losses: [
    { loss: 'kd', weight: 0.5, options: { temperature: 4 } },
    { loss: 'dist', weight: 1 },
    { loss: 'ce', weight: 0.3 },
  ],
} satisfies Partial<StudyConfig>;

const ownBatchSize = 64;
const optimiserKeys = ['optimiser', 'learningRate', 'weightDecay'] as const;

/** The space's optimiser and rate, where it says them. @throws NasDistillError CONFIG for an optimiser or options that do not exist */
function optimiserOfSpace(defaults: StudyDefaults | undefined): OptimiserSetting | undefined {
  if (defaults === undefined) return undefined;
  const optimiser = optimiserSchema.safeParse(defaults.optimiser);
  if (optimiser.success) return { optimiser: optimiser.data, learningRate: defaults.learningRate };
  const { path, message } = firstIssue(optimiser.error);
  throw new NasDistillError('CONFIG', `the space's ${['defaults', 'optimiser', ...path].join('.')}: ${message}`, {
    hint: 'Optimisers and their options: docs/losses.md.',
  });
}

/** Optimiser and rate of a study without a recipe, so far as it leaves them open: both as the space says, or AdamW's. */
function optimiserOf(named: Partial<StudySettings>, its: OptimiserSetting | undefined): Partial<StudyConfig> {
  if (its !== undefined && optimiserKeys.every((key) => named[key] === undefined)) return its;
  const { learningRate, optimiser } = ownOptimiser;
  return { learningRate, ...(named.optimiser === undefined ? optimiser.options : {}) };
}

/** What may differ when a study goes on: how long and with what means, not what it searches. */
export const resumableKeys = [
  'trials',
  'timeMs',
  'workers',
  'threads',
  'ahead',
  'engine',
  'confirm',
  'trialTimeoutMs',
  'memoryLimit',
  'maxConsecutiveFailures',
  'name',
  'inheritLimit',
  'checkpointLimit',
] as const;

/**
 * Fills in defaults and checks; a recipe given by name or file is read.
 * @param defaults of the study's space: how it is trained so far as the settings say nothing of that
 * @throws NasDistillError CONFIG naming the key, and the file's line if the settings came from one; NOT_FOUND for a recipe
 */
export function parseStudyConfig(
  settings: unknown,
  where = 'settings',
  lineOf?: YamlFile['lineOf'],
  defaults?: StudyDefaults,
): StudyConfig {
  const refuse = (path: readonly PropertyKey[], message: string, hint: string) => {
    const line = lineOf?.(path);
    const place = `${where}${line === undefined ? '' : `:${line}`}: ${path.join('.') || 'study'}`;
    return new NasDistillError('CONFIG', `${place}: ${message}`, { hint });
  };
  const parsed = studyConfigSchema.safeParse(settings);
  if (!parsed.success) {
    const { path, unknown, message } = firstIssue(parsed.error);
    throw refuse(path, message, hintOf(path, unknown));
  }
  const { recipe: given, ...open } = parsed.data;
  const rest = { ...open, batchSize: open.batchSize ?? defaults?.batchSize ?? ownBatchSize };
  const named = defined(rest);
  const its = optimiserOfSpace(defaults);
  if (given === undefined) {
    if (named.optimiser !== undefined && named.weightDecay !== undefined) {
      throw refuse(
        ['weightDecay'],
        "the optimiser's options decide this",
        'Write it there: optimiser.options.weightDecay.',
      );
    }
    return { ...rest, ...ownTraining, ...optimiserOf(named, its), ...named };
  }
  const twice = [...optimiserKeys, ...Object.keys(ownTraining)].find((key) => key in named);
  if (twice !== undefined) {
    throw refuse([twice], 'the recipe decides this', 'Take it out, or take the recipe out.');
  }
  if (typeof given === 'string') return { ...rest, recipe: completeRecipe(loadRecipe(given), its) };
  const recipe = recipeSchema.safeParse(given);
  if (recipe.success) return { ...rest, recipe: completeRecipe(recipe.data, its) };
  const { path, message } = firstIssue(recipe.error);
  throw refuse(['recipe', ...path], message, 'All keys and their values: docs/recipes.md.');
}

function defined<T extends object>(settings: T): Partial<T> {
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}

const keyList = 'All keys and their values: docs/study-file.md.';

function hintOf(path: readonly PropertyKey[], unknown: string | undefined): string {
  if (unknown === undefined) return keyList;
  const above = path.slice(0, -1);
  const near = closest(unknown, keysAt(above));
  return near === undefined ? keyList : `Did you mean ${[...above, near].join('.')}? ${keyList}`;
}

/** The keys that may stand at a place of the settings. */
function keysAt([first]: readonly PropertyKey[]): string[] {
  if (first === undefined) return Object.keys(studyConfigSchema.shape);
  return Object.keys(first === 'losses' ? termSchema.shape : augmentation.shape);
}

/** Reads a study file (YAML). Its own keys are checked here, so that errors name the line. */
export function readStudyFile(file: string): StudySettings {
  const { data, lineOf } = readYamlFile(file, 'study file');
  parseStudyConfig(data, file, lineOf);
  return data as StudySettings;
}
