import { NasDistillError } from '../core/errors.js';
import type { Rng } from '../core/rng.js';
import type { Engine, HostTensor, HostTensors } from '../engines/Engine.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { BatchFeeder } from './BatchFeeder.js';
import { createEvaluator } from './evaluateModel.js';
import { schedules } from './schedules/registry.js';
import type { Schedule, ScheduleEntry } from './schedules/Schedule.js';
import type { StudyData, TrainingConfig } from './TrainingConfig.js';
import { createTrainingStep } from './trainingStep.js';

export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** Validation `accuracy` and `loss`; training means: `train_loss` and `loss_NAME` of each term. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Milliseconds since training started. */
  readonly elapsedMs: number;
  /** Copies the state out, to go on from later. */
  checkpoint(): Promise<Checkpoint>;
}

/** All that training needs to go on after an epoch exactly as if it had not stopped. */
export interface Checkpoint {
  readonly epoch: number;
  readonly state: HostTensors;
}

export interface TrainOptions {
  readonly spec: ModelSpec;
  readonly data: StudyData;
  readonly config: TrainingConfig;
  readonly engine: Engine;
  /** Weights, adapters, order and noise are drawn from its forks. */
  readonly rng: Rng;
  readonly onEpoch?: (report: EpochReport) => 'continue' | 'prune' | Promise<'continue' | 'prune'>;
  readonly onStep?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  readonly resume?: Checkpoint;
}

export interface TrainResult {
  readonly state: 'COMPLETE' | 'PRUNED';
  readonly metrics: Readonly<Record<string, number>>;
  /** The model's own values: weights and statistics. */
  readonly variables: Record<string, HostTensor>;
}

/**
 * Trains a model, alone or under a teacher, and evaluates it on validation after each epoch. Deterministic by `rng`,
 * on one engine.
 * @throws NasDistillError TRIAL_DIVERGED when the loss is no number, INTERRUPTED when the signal asks
 */
export async function trainModel(options: TrainOptions): Promise<TrainResult> {
  const { spec, data, config, engine, rng, signal, resume } = options;
  const { dataset, splits, augmentation, normalisation, teacher } = data;
  const classes = dataset.classes.length;
  const batch = Math.min(config.batchSize, splits.train.length);
  const steps = Math.floor(splits.train.length / batch);
  const training = createTrainingStep({ spec, config, batch, classes, imageShape: dataset.shape, teacher, rng });
  const schedule = scheduleOf(config);
  const startedAt = Date.now();
  const state = engine.createState(resume?.state ?? training.state);
  const release: { dispose(): void }[] = [state];
  try {
    const step = await engine.compile(training.step, state.specs, training.feeds);
    release.push(step);
    const evaluator = await createEvaluator({
      spec,
      engine,
      state,
      dataset,
      indices: splits.validation,
      normalisation,
      classes,
    });
    release.push(evaluator);
    const feeder = new BatchFeeder(data, training, batch);
    const order = String(rng.fork('order').int(2 ** 31));
    let metrics: Readonly<Record<string, number>> = {};
    let pruned = false;
    for (let epoch = (resume?.epoch ?? 0) + 1; epoch <= config.epochs && !pruned; epoch++) {
      feeder.startEpoch(epoch, order);
      const noise = rng.fork(`noise/${epoch}`);
      const sums: Record<string, number> = {};
      for (let i = 0; i < steps; i++) {
        if (signal?.aborted) throw new NasDistillError('INTERRUPTED', 'training was stopped');
        const done = (epoch - 1) * steps + i;
        const view = (epoch - 1) % augmentation.views;
        feeder.fill(i, view, schedule(done, config.epochs * steps), noise);
        const outputs = await step.run(state, feeder.feeds);
        for (const [name, { data: values }] of Object.entries(outputs)) sums[name] = (sums[name] ?? 0) + values[0];
        if (!Number.isFinite(outputs.loss.data[0])) {
          throw new NasDistillError(
            'TRIAL_DIVERGED',
            `the loss became ${outputs.loss.data[0]} in epoch ${epoch}, step ${i + 1}`,
            {
              hint: 'Lower the learning rate, or clip the gradient.',
            },
          );
        }
        options.onStep?.(done + 1, config.epochs * steps);
      }
      const { accuracy, loss } = await evaluator.evaluate(state);
      metrics = { accuracy, loss, ...meansOf(sums, steps) };
      const decision = await options.onEpoch?.({
        epoch,
        metrics,
        elapsedMs: Date.now() - startedAt,
        checkpoint: async () => ({ epoch, state: await state.read() }),
      });
      pruned = decision === 'prune';
    }
    return { state: pruned ? 'PRUNED' : 'COMPLETE', metrics, variables: await state.read(training.modelNames) };
  } finally {
    for (const held of release.reverse()) held.dispose();
  }
}

function scheduleOf(config: TrainingConfig): Schedule {
  const registry: Record<string, ScheduleEntry> = schedules;
  const { name, options } = config.schedule;
  if (!Object.hasOwn(registry, name)) {
    throw new NasDistillError('CONFIG', `unknown schedule "${name}"`, {
      hint: `Known: ${Object.keys(schedules).join(', ')}.`,
    });
  }
  return registry[name].create({ learningRate: config.learningRate, ...options });
}

function meansOf(sums: Readonly<Record<string, number>>, steps: number): Record<string, number> {
  return Object.fromEntries(
    Object.entries(sums).map(([name, sum]) => [name === 'loss' ? 'train_loss' : name, sum / Math.max(1, steps)]),
  );
}
