import { NasDistillError } from '../core/errors.js';
import type { StudyConfig } from '../search/StudyConfig.js';
import type { FeasibilityProfile } from '../spaces/feasibility/feasibilityProfile.js';
import type { TrialStore } from '../store/types.js';
import type { ChosenWorkers } from './chooseWorkers.js';
import { profileDocument } from './describeProfile.js';
import type { FirstTrials } from './firstTrials.js';
import type { StudyGround, TaughtStudy } from './openStudy.js';
import { targetFacts } from './openTargets.js';
import { storedSettings } from './searchSettings.js';

/**
 * Stores a new study with its settings and what it stands on; one that is stored already must stand on the same.
 * @throws NasDistillError STUDY_EXISTS naming what has changed
 */
export function storeStudy(
  store: TrialStore,
  name: string,
  parts: {
    readonly ground: StudyGround;
    readonly taught: TaughtStudy;
    readonly profile: FeasibilityProfile;
    readonly chosen: ChosenWorkers & { readonly ahead: number };
    readonly firsts: FirstTrials;
  },
): void {
  const { ground, taught, profile, chosen, firsts } = parts;
  const { workers, threads, ahead, timed } = chosen;
  const facts = {
    teacher: taught.teacher,
    coverage: taught.coverage,
    engine: taught.engine,
    budgets: ground.asked,
    costObjective: ground.cost,
    ...(ground.costs.length > 1 ? { objectives: ground.costs } : {}),
    ...targetFacts(ground.targets),
    profile: profileDocument(profile),
    spaceDigest: ground.space.digest,
    datasetDigest: ground.dataset.digest,
    teacherOutputs: taught.data.teacher?.digest,
    ...(timed === undefined ? {} : { timedWorkers: timed }),
    ...firsts.facts,
  };
  const stored = store.study(name);
  if (stored !== undefined) return refuseChangedGround(name, stored.facts, facts);
  const config: StudyConfig = { ...ground.config, workers, threads, ahead };
  store.createStudy({ name, settings: storedSettings(config, taught.teacher.name), facts });
}

/** The same study must stand on the same space, data and teacher. */
function refuseChangedGround(
  name: string,
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): void {
  for (const [key, what] of [
    ['spaceDigest', 'search space'],
    ['datasetDigest', 'data set'],
    ['teacherOutputs', 'teacher'],
    ['deviceDigest', 'device profile'],
  ]) {
    if (before[key] !== now[key]) {
      throw new NasDistillError('STUDY_EXISTS', `study ${name} was started with another ${what}`, {
        hint: 'Start a new study with --study NAME, or bring the old one back.',
      });
    }
  }
}
