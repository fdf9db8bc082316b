import { NasDistillError } from '../core/errors.js';
import type { Rng } from '../core/rng.js';
import { shownViews } from '../data/mixing.js';
import type { Engine, HostTensor, HostTensors } from '../engines/Engine.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { Evaluation } from './evaluateModel.js';
import { OpenPhase } from './OpenPhase.js';
import { planPhases } from './stages.js';
import type { StudyData, TrainingConfig } from './TrainingConfig.js';

export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /**
   * Validation `accuracy` and `loss`; training means: `train_loss`, `loss_NAME` of each term, and `weight_NAME` and
   * `temperature_NAME` of those that change.
   */
  readonly metrics: Readonly<Record<string, number>>;
  /** Milliseconds since training started, its preparation among them, without what it waited in `beforeFirstStep`. */
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
  /** Called when all is ready: graphs compiled, values in their places, the order of the samples drawn. Training waits for it. */
  readonly beforeFirstStep?: () => Promise<void>;
  readonly onEpoch?: (report: EpochReport) => 'continue' | 'prune' | Promise<'continue' | 'prune'>;
  readonly onStep?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  readonly resume?: Checkpoint;
}

export interface TrainResult {
  readonly state: 'COMPLETE' | 'PRUNED';
  readonly metrics: Readonly<Record<string, number>>;
  /** After the last epoch, on validation; absent where none was left to train. */
  readonly evaluation?: Evaluation;
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
  const { splits, augmentation } = data;
  const views = shownViews(augmentation, config.mixing);
  const batch = Math.min(config.batchSize, splits.train.length);
  const steps = Math.floor(splits.train.length / batch);
  const total = config.epochs * steps;
  const phases = planPhases(config, total);
  // A stopped training goes on in the phase of its last step, as that is whose state it kept.
  const before = (resume?.epoch ?? 0) * steps;
  const indexOf = (done: number) => phases.findIndex(({ begin, end }) => begin <= done && done < end);
  let index = Math.max(0, indexOf(Math.max(0, before - 1)));
  let startedAt = Date.now();
  const order = String(rng.fork('order').int(2 ** 31));
  let phase = await OpenPhase.open({ spec, data, config, engine, rng, batch }, phases[index], resume?.state);
  try {
    let metrics: Readonly<Record<string, number>> = {};
    let evaluation: Evaluation | undefined;
    let pruned = false;
    const readyAt = Date.now();
    await options.beforeFirstStep?.();
    startedAt += Date.now() - readyAt;
    for (let epoch = (resume?.epoch ?? 0) + 1; epoch <= config.epochs && !pruned; epoch++) {
      phase.feeder.startEpoch(epoch, order);
      const noise = rng.fork(`noise/${epoch}`);
      const means = new Means();
      for (let i = 0; i < steps; i++) {
        if (signal?.aborted) throw new NasDistillError('INTERRUPTED', 'training was stopped');
        const done = (epoch - 1) * steps + i;
        if (done >= phases[index].end) {
          phase = await phase.next(phases[++index]);
          phase.feeder.startEpoch(epoch, order);
        }
        const scalars = await phase.run(i, views.first + ((epoch - 1) % views.count), done, noise);
        means.add(scalars);
        if (!Number.isFinite(scalars.loss)) {
          throw new NasDistillError(
            'TRIAL_DIVERGED',
            `the loss became ${scalars.loss} in epoch ${epoch}, step ${i + 1}`,
            {
              hint: 'Lower the learning rate, or clip the gradient.',
            },
          );
        }
        options.onStep?.(done + 1, total);
      }
      evaluation = await phase.evaluate();
      const { accuracy, loss } = evaluation;
      const { loss: trainLoss, ...terms } = means.values();
      metrics = { accuracy, loss, train_loss: trainLoss, ...terms };
      const current = phase;
      const decision = await options.onEpoch?.({
        epoch,
        metrics,
        elapsedMs: Date.now() - startedAt,
        checkpoint: async () => ({ epoch, state: await current.readState() }),
      });
      pruned = decision === 'prune';
    }
    const variables = await phase.variables();
    return {
      state: pruned ? 'PRUNED' : 'COMPLETE',
      metrics,
      variables,
      ...(evaluation === undefined ? {} : { evaluation }),
    };
  } finally {
    phase.dispose();
  }
}

/** The mean of each scalar over the steps that had it: stages within an epoch have terms of their own. */
class Means {
  private readonly sums = new Map<string, { sum: number; count: number }>();

  add(scalars: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(scalars)) {
      const { sum, count } = this.sums.get(name) ?? { sum: 0, count: 0 };
      this.sums.set(name, { sum: sum + value, count: count + 1 });
    }
  }

  values(): Record<string, number> {
    return Object.fromEntries([...this.sums].map(([name, { sum, count }]) => [name, sum / count]));
  }
}
