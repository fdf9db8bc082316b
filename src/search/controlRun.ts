import type { RunOutcome, TrialJob } from '../executors/Executor.js';
import { accuraciesOf } from '../store/accuracies.js';
import type { SearchParts } from './SearchParts.js';

/**
 * Every so manieth candidate that inherited is trained from scratch as well, as the last part of its trial: what inheriting is
 * worth can only be known from the same architecture trained both ways. Its outcome then says `scratch_accuracy`; the trial's own
 * result is the one that inherited, like everybody's.
 */
export async function withControl(parts: SearchParts, job: TrialJob, outcome: RunOutcome): Promise<RunOutcome> {
  const { relatives, executor, signal } = parts;
  const heir = outcome.state === 'COMPLETE' && outcome.metrics.inherited_from !== undefined;
  if (!heir || relatives?.judge?.controls(job.trial) !== true || signal?.aborted === true) return outcome;
  const { trial, seed, spec, training } = job;
  const control = await executor.run(
    { trial, seed, spec, training },
    { onStart: () => undefined, onRung: () => 'continue' },
    signal,
  );
  const accuracy = control.state === 'COMPLETE' ? control.metrics.accuracy : NaN;
  if (accuraciesOf({ metrics: { accuracy }, repeats: [] }).length === 0) return outcome;
  return { ...outcome, metrics: { ...outcome.metrics, scratch_accuracy: accuracy } };
}
