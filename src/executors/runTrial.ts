import { messageOf } from '../core/errors.js';
import { createRng } from '../core/rng.js';
import type { Engine } from '../engines/Engine.js';
import type { RungDecision, TrialJob } from './Executor.js';
import type { Rung, TrialOutcome } from '../store/types.js';
import { writeWeights } from '../inheritance/weightFiles.js';
import { answersOf } from '../store/answersOf.js';
import { inheritedStart } from './inheritedStart.js';
import { trainModel } from '../distillation/trainModel.js';
import type { StudyData } from '../distillation/TrainingConfig.js';

/**
 * Distils one candidate briefly. A fault of the trial is an outcome, never an exception: the search goes on.
 */
export async function runTrial(
  job: TrialJob,
  context: { engine: Engine; data: StudyData },
  onRung: (rung: Rung) => RungDecision | Promise<RungDecision>,
  signal?: AbortSignal,
): Promise<TrialOutcome> {
  try {
    const start = inheritedStart(job);
    const { state, metrics, variables, evaluation } = await trainModel({
      spec: job.spec,
      config: job.training,
      data: context.data,
      engine: context.engine,
      rng: createRng(job.seed),
      onEpoch: ({ epoch, metrics: now, elapsedMs }) => onRung({ epoch, metrics: now, elapsedMs }),
      ...(signal ? { signal } : {}),
      ...(start === undefined ? {} : { resume: { epoch: 0, state: start.state } }),
    });
    const all = { ...metrics, ...start?.metrics };
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
