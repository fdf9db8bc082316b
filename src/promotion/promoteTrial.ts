import { join } from 'node:path';
import { digestOf } from '../core/digest.js';
import type { Progress } from '../core/progress.js';
import { createRng } from '../core/rng.js';
import type { Budget } from '../costs/CostModel.js';
import { evaluateModel } from '../distillation/evaluateModel.js';
import { trainModel } from '../distillation/trainModel.js';
import type { StudyData, TrainingConfig } from '../distillation/TrainingConfig.js';
import type { Engine, HostTensors } from '../engines/Engine.js';
import type { Trial } from '../store/types.js';
import { readCheckpoint, writeCheckpoint } from './checkpointFile.js';
import { exportStudent } from './exportStudent.js';
import { verifyExport, type Verification } from './verifyExport.js';

export interface PromotionJob {
  readonly study: string;
  readonly trial: Trial;
  /** All of the training data, with the teacher's outputs on it. */
  readonly data: StudyData;
  /** The full recipe, under the teacher. */
  readonly training: TrainingConfig;
  /** Train the same student without the teacher too. */
  readonly alone: boolean;
  readonly seed: number;
  readonly engine: Engine;
  readonly budgets: readonly Budget[];
  /** Where checkpoints and the exported student go. */
  readonly dir: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

export interface Promotion {
  /** Test accuracy. */
  readonly student: number;
  readonly alone: number | null;
  readonly verification: Verification;
  readonly variables: HostTensors;
}

/**
 * Distils a trial's student in full, trains it alone as the control, evaluates both once on test, exports the distilled
 * one and verifies what was written. Each training goes on from its last epoch after an interruption.
 */
export async function promoteTrial(job: PromotionJob): Promise<Promotion> {
  const { trial, data, engine, dir } = job;
  const evaluate = (variables: HostTensors) =>
    evaluateModel({
      spec: trial.spec,
      variables,
      engine,
      dataset: data.dataset,
      indices: data.splits.test,
      normalisation: data.normalisation,
      classes: data.dataset.classes.length,
    });
  const distilled = await train(job, 'distilled', job.training);
  let alone: number | null = null;
  if (job.alone) {
    const plain = await train(job, 'alone', { ...job.training, losses: [{ loss: 'ce', weight: 1 }] });
    alone = (await evaluate(plain)).accuracy;
  }
  const student = (await evaluate(distilled)).accuracy;
  await exportStudent(dir, trial.spec, distilled, {
    study: job.study,
    trial: String(trial.number),
    classes: JSON.stringify(data.dataset.classes),
    normalisation: JSON.stringify(data.normalisation),
  });
  const verification = await verifyExport({
    dir,
    spec: trial.spec,
    variables: distilled,
    engine,
    dataset: data.dataset,
    indices: data.splits.test,
    normalisation: data.normalisation,
    expectedBytes: trial.costs.bytes,
    budgets: job.budgets,
  });
  return { student, alone, verification, variables: distilled };
}

async function train(job: PromotionJob, kind: 'distilled' | 'alone', config: TrainingConfig): Promise<HostTensors> {
  const { trial, data, engine, progress, signal } = job;
  const checkpoints = join(job.dir, 'checkpoints', kind);
  const settings = digestOf({
    spec: trial.spec,
    config,
    seed: job.seed,
    data: data.dataset.digest,
    teacher: data.teacher?.digest ?? null,
  });
  const { checkpoint, ignored } = readCheckpoint(checkpoints, settings);
  if (ignored !== undefined) progress.warn(`${checkpoints}: the checkpoint is not used: ${ignored}`);
  if (checkpoint) progress.info(`${kind}: going on after epoch ${checkpoint.epoch} of ${config.epochs}`);
  const steps = Math.floor(data.splits.train.length / Math.min(config.batchSize, data.splits.train.length));
  const task = progress.start(
    kind === 'distilled' ? 'Distilling in full' : 'The same without the teacher',
    config.epochs * steps,
  );
  let note = '';
  const { variables } = await trainModel({
    spec: trial.spec,
    data,
    config,
    engine,
    rng: createRng(`${job.seed}/promote/${trial.number}`),
    onStep: (done) => task.update(done, note),
    onEpoch: async (report) => {
      note = `epoch ${report.epoch}/${config.epochs}: validation ${(100 * report.metrics.accuracy).toFixed(2)} %`;
      writeCheckpoint(checkpoints, settings, await report.checkpoint());
      return 'continue' as const;
    },
    ...(checkpoint ? { resume: checkpoint } : {}),
    ...(signal ? { signal } : {}),
  });
  task.end(note);
  return variables;
}
