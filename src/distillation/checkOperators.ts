import { NasDistillError } from '../core/errors.js';
import type { Rng } from '../core/rng.js';
import type { Engine } from '../engines/Engine.js';
import { applyModel } from '../models/applyModel.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { TeacherShapes } from './objective.js';
import { planPhases } from './stages.js';
import type { TrainingConfig } from './TrainingConfig.js';
import { createTrainingStep } from './trainingStep.js';

/** Enough for statistics over a batch. */
const batch = 4;

/**
 * Asks the engine whether it has every operator of a model's training, in all of its phases, and of its evaluation, on a small
 * batch; nothing is trained.
 * @throws NasDistillError ENGINE_UNSUPPORTED naming `where`, the operator and the layer
 */
export async function checkOperators(options: {
  /** Whose model it is, for the message, such as `space mine.yaml`. */
  where: string;
  spec: ModelSpec;
  config: TrainingConfig;
  classes: number;
  teacher: TeacherShapes | undefined;
  engine: Engine;
  rng: Rng;
}): Promise<void> {
  const { where, spec, config, classes, teacher, engine, rng } = options;
  try {
    for (const phase of planPhases(config, 1000)) {
      const { step, state, feeds } = createTrainingStep({
        spec,
        config: { ...config, ...phase },
        batch,
        classes,
        imageShape: spec.input,
        mixed: config.mixing !== undefined,
        teacher,
        rng,
      });
      await engine.check(step, state, feeds);
      const { image } = feeds;
      await engine.check(
        (values, fed) => ({
          outputs: { logits: applyModel(spec, values, fed.image, { training: false, noise: {} }).logits },
        }),
        state,
        { image },
      );
    }
  } catch (error) {
    if (!(error instanceof NasDistillError) || error.code !== 'ENGINE_UNSUPPORTED') throw error;
    throw new NasDistillError(error.code, `${where}: ${error.message}`, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}
