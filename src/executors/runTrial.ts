import { messageOf } from '../core/errors.js';
import { createRng } from '../core/rng.js';
import type { Engine } from '../engines/Engine.js';
import type { RungDecision, TrialJob } from './Executor.js';
import type { Rung, TrialOutcome } from '../store/types.js';
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
    const { state, metrics } = await trainModel({
      spec: job.spec,
      config: job.training,
      data: context.data,
      engine: context.engine,
      rng: createRng(job.seed),
      onEpoch: ({ epoch, metrics: now, elapsedMs }) => onRung({ epoch, metrics: now, elapsedMs }),
      ...(signal ? { signal } : {}),
    });
    return state === 'PRUNED' ? { state, metrics, reason: 'pruned' } : { state, metrics };
  } catch (error) {
    return { state: 'FAILED', metrics: {}, reason: messageOf(error).split('\n')[0] };
  }
}
