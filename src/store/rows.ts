import { z } from 'zod';
import type { Costs } from '../costs/CostModel.js';
import { sampleSchema, teacherAnswersSchema, trialAnswersSchema } from './Answers.js';
import type { ModelSpec, NodeSpec } from '../models/ModelSpec.js';
import type { Architecture } from '../spaces/SearchSpace.js';
import {
  trialOrigins,
  trialStates,
  type Launch,
  type Metrics,
  type PromotionRecord,
  type Rung,
  type StudyRecord,
  type TrialSummary,
} from './types.js';

/** JSON has no NaN and no infinity; a loss may become either, and must be read back as it was. */
const specialNumbers: Readonly<Record<string, number>> = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity };
const metricValue = z.union([
  z.number(),
  z.enum(['NaN', 'Infinity', '-Infinity']).transform((name) => specialNumbers[name]),
]);

/** Metrics as JSON text. */
export function metricsToJson(metrics: Metrics | Readonly<Record<string, Metrics>>): string {
  return JSON.stringify(metrics, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

function json<T>(schema: z.ZodType<T>) {
  return z.string().transform((text, context): T => {
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'is not JSON' });
      return z.NEVER;
    }
    const parsed = schema.safeParse(data);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) context.addIssue({ ...issue, code: 'custom' });
    return z.NEVER;
  });
}

const record = z.record(z.string(), z.unknown());
const metrics: z.ZodType<Metrics> = z.record(z.string(), metricValue);
const measured = z.record(z.string(), z.number());
/** By the number of the run; JavaScript keeps such keys in the order of their numbers. */
const repeats = z.record(z.string().regex(/^\d+$/), metrics);
const costs: z.ZodType<Costs> = z
  .object({ bytes: z.number(), params: z.number(), macs: z.number(), memory: z.number() })
  .catchall(z.number());
const architecture: z.ZodType<Architecture> = z.object({
  choices: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
/** Only the frame is checked here: what a layer's fields must be is checked by the models room when a model is built. */
const node = z.custom<NodeSpec>(isFrame, 'is not a layer');
const spec: z.ZodType<ModelSpec> = z.object({
  input: z.array(z.number()),
  inputKind: z.literal('tokens').optional(),
  nodes: z.array(node),
  logits: z.string(),
  taps: z.record(z.string(), z.string()),
});

function isFrame(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { op, name, inputs } = value as Readonly<Record<string, unknown>>;
  return (
    typeof op === 'string' &&
    typeof name === 'string' &&
    Array.isArray(inputs) &&
    inputs.every((input) => typeof input === 'string')
  );
}

export const studyRow = z
  .object({ name: z.string(), created_at: z.number(), settings: json(record), facts: json(record) })
  .transform(({ created_at: createdAt, ...rest }): StudyRecord => ({ ...rest, createdAt }));

export const summaryRow = z
  .object({
    number: z.number(),
    origin: z.enum(trialOrigins),
    state: z.enum(trialStates),
    architecture_id: z.string(),
    baseline_width: z.number().nullable(),
    worker: z.number().nullable(),
    created_at: z.number(),
    started_at: z.number().nullable(),
    finished_at: z.number().nullable(),
    costs: json(costs),
    metrics: json(metrics),
    measured: json(measured),
    repeats: json(repeats),
    reason: z.string().nullable(),
    deaths: z.number().int().nonnegative(),
    checkpoint: z.number().int().nonnegative(),
    trained: z.number(),
    paused: z.number(),
  })
  .transform((row): TrialSummary => ({
    number: row.number,
    origin: row.origin,
    // A trial that paused waits, too: it is told apart by a column of its own.
    state: row.state === 'WAITING' && row.paused === 1 ? 'PAUSED' : row.state,
    architectureId: row.architecture_id,
    ...(row.baseline_width === null ? {} : { baselineWidth: row.baseline_width }),
    worker: row.worker,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    costs: row.costs,
    metrics: row.metrics,
    measured: row.measured,
    repeats: Object.values(row.repeats),
    reason: row.reason,
    ...(row.trained === 0 ? {} : { trainedMs: row.trained }),
    ...(row.checkpoint === 0 ? {} : { checkpoint: row.checkpoint }),
    ...(row.deaths === 0 ? {} : { deaths: row.deaths }),
  }));

/** The one column of a statement that is plucked. */
export const numberColumn = z.number();

export const repeatsRow = z.object({ repeats: json(repeats) });

export const answersRow = z.object({ answers: json(trialAnswersSchema) });
export const teacherAnswersRow = z.object({ answers: json(teacherAnswersSchema) });
export const sampleRow = z.object({ sample: json(sampleSchema) });

export const modelRow = z.object({ architecture: json(architecture), spec: json(spec) });

export const rungRow = z
  .object({ number: z.number(), epoch: z.number(), elapsed_ms: z.number(), metrics: json(metrics) })
  .transform((row): { number: number; rung: Rung } => ({
    number: row.number,
    rung: { epoch: row.epoch, metrics: row.metrics, elapsedMs: row.elapsed_ms },
  }));

export const launchRow = z
  .object({
    number: z.number(),
    start_epoch: z.number(),
    wave: z.number().nullable(),
    worker: z.number(),
    started_at: z.number(),
    ended_at: z.number().nullable(),
  })
  .transform((row): { number: number; launch: Launch } => ({
    number: row.number,
    launch: {
      from: row.start_epoch,
      worker: row.worker,
      startedAt: row.started_at,
      endedAt: row.ended_at,
      ...(row.wave === null ? {} : { wave: row.wave }),
    },
  }));

export const promotionRow = z
  .object({
    trial: z.number(),
    finished_at: z.number(),
    accuracy: json(z.record(z.string(), metricValue)),
    directory: z.string(),
  })
  .transform(({ finished_at: finishedAt, ...rest }): PromotionRecord => ({ ...rest, finishedAt }));
