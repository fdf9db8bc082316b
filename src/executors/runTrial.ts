import { messageOf } from '../core/errors.js';
import { createRng } from '../core/rng.js';
import type { Engine } from '../engines/Engine.js';
import { checkpointFile, readPaused, writePaused } from './checkpoints.js';
import type { RungDecision, RunOutcome, TrialJob } from './Executor.js';
import type { Metrics, Rung } from '../store/types.js';
import { writeWeights } from '../inheritance/weightFiles.js';
import { answersOf } from '../store/answersOf.js';
import { inheritedStart } from './inheritedStart.js';
import { trainModel, type Checkpoint } from '../distillation/trainModel.js';
import type { StudyData } from '../distillation/TrainingConfig.js';

/**
 * Distils one candidate briefly, or goes on with one that paused. A fault of the trial is an outcome, never an exception: the search goes on.
 * @param place awaited when all is prepared, before the first step
 */
export async function runTrial(
  job: TrialJob,
  context: { engine: Engine; data: StudyData },
  onRung: (rung: Rung) => RungDecision | Promise<RungDecision>,
  signal?: AbortSignal,
  place?: () => Promise<void>,
): Promise<RunOutcome> {
  try {
    const { resume, extra, before } = startOf(job);
    let paused: number | undefined;
    const { state, metrics, variables, evaluation } = await trainModel({
      spec: job.spec,
      config: job.training,
      data: context.data,
      engine: context.engine,
      rng: createRng(job.seed),
      onEpoch: async ({ epoch, metrics: now, elapsedMs: since, checkpoint }) => {
        const elapsedMs = before + since;
        const decision = await onRung({ epoch, metrics: now, elapsedMs });
        if (decision !== 'pause') return decision;
        if (job.checkpoints === undefined) throw new Error(`trial ${job.trial} has nowhere to keep its checkpoint`);
        const { state: values } = await checkpoint();
        writePaused(checkpointFile(job.checkpoints, job.trial, epoch), {
          epoch,
          state: values,
          elapsedMs,
          metrics: extra,
        });
        paused = epoch;
        return 'prune';
      },
      ...(signal ? { signal } : {}),
      ...(place ? { beforeFirstStep: place } : {}),
      ...(resume === undefined ? {} : { resume }),
    });
    const all = { ...metrics, ...extra };
    if (paused !== undefined) return { state: 'PAUSED', metrics: all, epoch: paused };
    if (state === 'PRUNED') return { state, metrics: all, reason: 'pruned' };
    if (job.keep !== undefined) writeWeights(job.keep, variables);
    if (evaluation === undefined) return { state, metrics: all };
    const { dataset, splits } = context.data;
    const labels = Int32Array.from(splits.validation, (index) => dataset.labels[index]);
    return { state, metrics: all, answers: answersOf({ ...evaluation, labels }, job.watch) };
  } catch (error) {
    return { state: 'FAILED', metrics: {}, reason: messageOf(error).split('\n')[0] };
  }
}

/**
 * What a trial begins with: where it paused, else what it inherits; what its outcome says of the latter, and the milliseconds that it
 * trained before.
 */
function startOf(job: TrialJob): { resume?: Checkpoint; extra: Metrics; before: number } {
  if (job.resume === undefined) {
    const start = inheritedStart(job);
    if (start === undefined) return { extra: {}, before: 0 };
    return { resume: { epoch: 0, state: start.state }, extra: start.metrics, before: 0 };
  }
  const { epoch, state, metrics, elapsedMs } = readPaused(job.resume.file);
  return { resume: { epoch, state }, extra: metrics, before: elapsedMs };
}
