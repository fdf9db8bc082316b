import { createRng } from '../core/rng.js';
import { averageName, firstAverage } from '../distillation/averagedWeights.js';
import type { HostTensors } from '../engines/Engine.js';
import { inheritWeights } from '../inheritance/inheritWeights.js';
import { readWeights } from '../inheritance/weightFiles.js';
import type { Metrics } from '../store/types.js';
import type { TrialJob } from './Executor.js';

/**
 * What a job that inherits begins with, and what its trial says of that: `inherited_from` which trial, `inherited_epochs` that the weights have seen,
 * `inherited_share` of its values, `inherited_function` 1 where it computes what its relative does.
 * @throws NasDistillError STORAGE for weights that are damaged
 */
export function inheritedStart(job: TrialJob): { state: HostTensors; metrics: Metrics } | undefined {
  if (job.inherit === undefined) return undefined;
  const { trial, spec, file, epochs } = job.inherit;
  const { values, share, preserving } = inheritWeights(
    job.spec,
    { spec, values: readWeights(file) },
    createRng(job.seed).fork('inherit'),
  );
  const average: HostTensors = job.training.ema ? { [averageName]: firstAverage(values, Object.keys(values)) } : {};
  return {
    state: { ...values, ...average },
    metrics: {
      inherited_from: trial,
      inherited_epochs: epochs,
      inherited_share: share,
      inherited_function: preserving ? 1 : 0,
    },
  };
}
