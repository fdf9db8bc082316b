import type { TrialJob } from '../executors/Executor.js';
import type { Trial } from '../store/types.js';
import type { SearchParts } from './SearchParts.js';

/** What crosses to a worker for a trial; one whose checkpoint is gone begins anew, in the store as well. */
export function jobOf(parts: SearchParts, trial: Trial): TrialJob {
  const { config, checkpoints, study, store } = parts;
  const { number } = trial;
  const resume = checkpoints?.resumeOf(trial);
  if (trial.checkpoint !== undefined && resume === undefined) {
    store.restart(study, number);
    parts.events?.lost?.(trial, 'its checkpoint is gone', trial.rungs.length);
  }
  checkpoints?.hold(number);
  return {
    trial: number,
    seed: `${config.seed}/trial/${number}`,
    spec: trial.spec,
    ...heritage(parts, trial),
    ...(resume === undefined ? {} : { resume }),
    ...(checkpoints === undefined ? {} : { checkpoints: checkpoints.dir }),
    ...(trial.deaths === undefined ? {} : { deaths: trial.deaths }),
    ...(parts.watch === undefined ? {} : { watch: parts.watch }),
    training: parts.training(trial.origin === 'baseline' ? undefined : parts.space.recipe(trial.architecture)),
  };
}

/** What a trial's job says of inheritance. Baselines neither inherit nor bequeath. */
function heritage({ relatives }: SearchParts, { number, origin }: Trial): Pick<TrialJob, 'inherit' | 'keep'> {
  if (relatives === undefined || origin === 'baseline') return {};
  const keep = relatives.file(number);
  const relative = relatives.require(number);
  if (relative === undefined) return { keep };
  const { trial, spec, epochs } = relative;
  return { keep, inherit: { trial, spec, epochs, file: relatives.file(trial) } };
}
