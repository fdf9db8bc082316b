import { join } from 'node:path';
import { createRng } from '../core/rng.js';
import { trainModel, type Checkpoint } from '../distillation/trainModel.js';
import { withoutTeacher, type TrainingConfig } from '../distillation/TrainingConfig.js';
import type { HostTensors } from '../engines/Engine.js';
import { readCheckpoint, writeCheckpoint } from './checkpointFile.js';
import type { PromotionJob } from './promoteTrial.js';

type Kind = 'distilled' | 'alone';

/**
 * Distils the student, and beside it trains its control without the teacher, if asked for: two trainings of one core each are
 * done sooner than one after the other on two cores. Each goes on from its last epoch after an interruption. If one of them
 * fails, the other is stopped at its next step and the failure is thrown.
 */
export async function trainStudents(
  job: PromotionJob,
  settings: string,
): Promise<{ distilled: HostTensors; alone: HostTensors | undefined }> {
  const { training } = job;
  const perEpoch = Math.floor(
    job.data.splits.train.length / Math.min(training.batchSize, job.data.splits.train.length),
  );
  const kinds: Kind[] = job.alone ? ['distilled', 'alone'] : ['distilled'];
  const begun = Object.fromEntries(kinds.map((kind) => [kind, openCheckpoint(job, kind, settings)]));
  const done: Record<Kind, number> = {
    distilled: (begun.distilled?.epoch ?? 0) * perEpoch,
    alone: (begun.alone?.epoch ?? 0) * perEpoch,
  };
  const task = job.progress.start(
    job.alone ? 'Distilling in full, and the same alone' : 'Distilling in full',
    kinds.length * training.epochs * perEpoch,
    done.distilled + done.alone,
  );
  const notes: Record<Kind, string> = { distilled: '', alone: '' };
  const note = () =>
    [notes.distilled, notes.alone === '' ? '' : `alone ${notes.alone}`].filter((text) => text !== '').join('; ');
  const reporter = (kind: Kind): Reporter => ({
    onStep: (steps) => {
      done[kind] = steps;
      task.update(done.distilled + done.alone, note());
    },
    onEpoch: (epoch, accuracy) => {
      notes[kind] = `epoch ${epoch}/${training.epochs}: validation ${(100 * accuracy).toFixed(2)} %`;
    },
  });

  const failed = new AbortController();
  const signal = job.signal ? AbortSignal.any([job.signal, failed.signal]) : failed.signal;
  let fault: { readonly error: unknown } | undefined;
  const guarded = async (kind: Kind, config: TrainingConfig) => {
    try {
      return await train(job, kind, config, { settings, checkpoint: begun[kind], report: reporter(kind), signal });
    } catch (error) {
      fault ??= { error };
      failed.abort();
      return undefined;
    }
  };
  const [distilled, alone] = await Promise.all([
    guarded('distilled', training),
    job.alone ? guarded('alone', withoutTeacher(training)) : undefined,
  ]);
  if (fault !== undefined) throw fault.error;
  if (distilled === undefined) throw new Error('a training ended without its weights');
  task.end(note());
  return { distilled, alone };
}

interface Reporter {
  onStep(done: number): void;
  onEpoch(epoch: number, accuracy: number): void;
}
interface Run {
  readonly settings: string;
  readonly checkpoint: Checkpoint | undefined;
  readonly report: Reporter;
  readonly signal: AbortSignal;
}

/** Where an interrupted training goes on, if it can; says so, and why not if there is one that does not fit. */
function openCheckpoint(job: PromotionJob, kind: Kind, settings: string): Checkpoint | undefined {
  const dir = checkpointsOf(job, kind);
  const { checkpoint, ignored } = readCheckpoint(dir, settings);
  if (ignored !== undefined) job.progress.warn(`${dir}: the checkpoint is not used: ${ignored}`);
  if (checkpoint) job.progress.info(`${kind}: going on after epoch ${checkpoint.epoch} of ${job.training.epochs}`);
  return checkpoint;
}

function checkpointsOf(job: PromotionJob, kind: Kind): string {
  return join(job.dir, 'checkpoints', kind);
}

async function train(
  job: PromotionJob,
  kind: Kind,
  config: TrainingConfig,
  { settings, checkpoint, report, signal }: Run,
): Promise<HostTensors> {
  const { trial, data, trainingEngine: engine } = job;
  const { variables } = await trainModel({
    spec: trial.spec,
    data,
    config,
    engine,
    rng: createRng(`${job.seed}/promote/${trial.number}`),
    onStep: (done) => report.onStep(done),
    onEpoch: async ({ epoch, metrics, checkpoint: take }) => {
      report.onEpoch(epoch, metrics.accuracy);
      writeCheckpoint(checkpointsOf(job, kind), settings, await take());
      return 'continue' as const;
    },
    ...(checkpoint ? { resume: checkpoint } : {}),
    signal,
  });
  return variables;
}
