import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { closest } from '../core/closest.js';
import { NasDistillError, messageOf, nodeCodeOf } from '../core/errors.js';
import { dataOptionsShape } from '../data/DataOptions.js';
import { weightFormats } from '../costs/CostModel.js';

const lossTerm = z.strictObject({
  loss: z.string(),
  weight: z.number().nonnegative(),
  options: z.record(z.string(), z.unknown()).optional(),
});

const augmentation = z.strictObject({
  shift: z.number().int().nonnegative().default(2),
  flip: z.boolean().default(true),
  views: z.number().int().positive().default(2),
});

/** Everything that a study is. A study file holds any part of it; flags go on top. */
export const studyConfigSchema = z.strictObject({
  name: z.string().optional(),
  space: z.string().default('mobile-cnn'),
  data: z.string().default('fashion-mnist'),
  ...dataOptionsShape,
  teacher: z.string().optional(),
  budgets: z.array(z.string()).default([]),
  weights: z.enum(weightFormats).default('float32'),
  sampler: z.string().default('auto'),
  samplerOptions: z.record(z.string(), z.unknown()).default({}),
  pruner: z.string().default('none'),
  prunerOptions: z.record(z.string(), z.unknown()).default({}),
  trials: z.number().int().positive().default(40),
  /** Milliseconds of wall-clock time after which no new trial starts. */
  timeMs: z.number().positive().optional(),
  workers: z.number().int().positive().default(2),
  deterministic: z.boolean().default(false),
  seed: z.number().int().nonnegative().default(1),
  engine: z.string().default('auto'),
  epochs: z.number().int().positive().default(3),
  batchSize: z.number().int().min(2).default(64),
  learningRate: z.number().positive().default(2e-3),
  weightDecay: z.number().nonnegative().default(0.05),
  clipNorm: z.number().positive().nullable().default(1),
  labelSmoothing: z.number().min(0).max(0.5).default(0),
  losses: z
    .array(lossTerm)
    .min(1)
    .default([
      { loss: 'kd', weight: 0.7, options: { temperature: 4 } },
      { loss: 'ce', weight: 0.3 },
    ]),
  augmentation: augmentation.prefault({}),
  /** Images of the training split that brief distillation uses. */
  trainImages: z.number().int().positive().default(10_000),
  validationImages: z.number().int().positive().default(5_000),
  /** Width multipliers of the uniformly scaled baseline; those within the budget are trained. */
  baselineWidths: z.array(z.number().positive()).default([0.25, 0.5, 1, 2]),
  maxConsecutiveFailures: z.number().int().positive().default(5),
});
export type StudyConfig = z.infer<typeof studyConfigSchema>;
/** What a file or the flags give: any part of a study's settings. */
export type StudySettings = z.input<typeof studyConfigSchema>;

/** What may differ when a study goes on: how long and with what means, not what it searches. */
export const resumableKeys = ['trials', 'timeMs', 'workers', 'engine', 'maxConsecutiveFailures', 'name'] as const;

/**
 * Fills in defaults and checks.
 * @throws NasDistillError CONFIG naming the key, and the file's line if the settings came from one.
 */
export function parseStudyConfig(
  settings: unknown,
  where = 'settings',
  lineOf?: (path: PropertyKey[]) => number | undefined,
): StudyConfig {
  const parsed = studyConfigSchema.safeParse(settings);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = unknown === undefined ? issue.path : [...issue.path, unknown];
  const line = lineOf?.(path);
  const what = unknown === undefined ? issue.message : 'unknown key';
  throw new NasDistillError(
    'CONFIG',
    `${where}${line === undefined ? '' : `:${line}`}: ${path.join('.') || 'study'}: ${what}`,
    {
      hint: hintOf(issue.path, unknown),
    },
  );
}

const keyList = 'All keys and their values: docs/study-file.md.';

function hintOf(path: readonly PropertyKey[], unknown: string | undefined): string {
  if (unknown === undefined) return keyList;
  const near = closest(unknown, keysAt(path));
  return near === undefined ? keyList : `Did you mean ${[...path, near].join('.')}? ${keyList}`;
}

/** The keys that may stand at a place of the settings. */
function keysAt([first]: readonly PropertyKey[]): string[] {
  if (first === undefined) return Object.keys(studyConfigSchema.shape);
  return Object.keys(first === 'losses' ? lossTerm.shape : augmentation.shape);
}

/** Reads a study file (YAML). Its own keys are checked here, so that errors name the line. */
export function readStudyFile(file: string): StudySettings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const what = nodeCodeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be read: ${messageOf(error)}`;
    throw new NasDistillError('CONFIG', `study file ${file} ${what}`, { hint: 'Check the path.', cause: error });
  }
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  if (document.errors.length > 0) {
    const [error] = document.errors;
    throw new NasDistillError('CONFIG', `${file}:${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0]}`, {
      cause: error,
    });
  }
  const settings: unknown = document.toJS() ?? {};
  parseStudyConfig(settings, file, (path) => {
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true);
      if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
        return counter.linePos(Number(node.range[0])).line;
      }
    }
    return undefined;
  });
  return settings as StudySettings;
}
