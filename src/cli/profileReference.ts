import { createRng } from '../core/rng.js';
import { NasDistillError } from '../core/errors.js';
import { createTrainingStep } from '../distillation/trainingStep.js';
import type { EngineName } from '../engines/Engine.js';
import { trainingOf } from '../search/trainingOf.js';
import { describeStepProfile } from './describeStepProfile.js';
import type { StudyGround, TaughtStudy } from './openStudy.js';

/** Before anything is loaded. @throws NasDistillError USAGE for an engine that is not onnx: the others have no such profile */
export function requireProfilable(engine: EngineName): void {
  if (engine === 'onnx') return;
  throw new NasDistillError('USAGE', `--engine-profile: the study runs on engine ${engine}`, {
    hint: 'Only the onnx engine shows its operators: add --engine onnx.',
  });
}

/**
 * `search --engine-profile`: where a training step of the space's reference architecture spends its time, under the study's
 * own losses and batch size, with the threads that a worker has.
 */
export async function profileReference(
  ground: StudyGround,
  taught: TaughtStudy,
  { threads }: { threads: number },
): Promise<string> {
  const { profileStep } = await import('../engines/onnx/profileStep.js');
  const { randomFeeds } = await import('../distillation/randomFeeds.js');
  const { config, dataset, splits, space, builder } = ground;
  const rng = createRng('engine-profile');
  const batch = Math.min(config.batchSize, splits.train.length);
  const own = trainingOf(config);
  const training = createTrainingStep({
    spec: builder.build(space.reference).spec,
    config: own,
    batch,
    classes: dataset.classes.length,
    imageShape: dataset.shape,
    mixed: own.mixing !== undefined,
    teacher: taught.data.teacher,
    rng: rng.fork('weights'),
  });
  const feeds = randomFeeds(training.feeds, rng.fork('feeds'));
  const profile = await profileStep(training.step, training.state, feeds, { threads });
  return `space ${space.name}, its reference architecture, batch ${batch}, ${threads} thread(s)\n${describeStepProfile(profile)}`;
}
