import { NasDistillError } from '../core/errors.js';
import { createRng } from '../core/rng.js';
import { tapShapes } from '../models/inferShapes.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { movableParts } from './movableParts.js';
import { createObjective, type TeacherShapes } from './objective.js';
import { openOptimiser } from './optimisers/openOptimiser.js';
import { parseLossTerms } from './parseLossTerms.js';
import { openSchedule } from './schedules/openSchedule.js';
import { planPhases } from './stages.js';
import type { TrainingConfig } from './TrainingConfig.js';

/**
 * Checks a training against a model, a teacher and the number of images, before anything is trained.
 * @throws NasDistillError CONFIG for an unknown loss, option or part, a tap that one of the two does not have, shapes that
 *   cannot be compared, more stages than steps
 */
export function checkTraining(options: {
  spec: ModelSpec;
  config: TrainingConfig;
  classes: number;
  images: number;
  teacher: TeacherShapes | undefined;
}): void {
  const { spec, config, classes, images, teacher } = options;
  const steps = config.epochs * Math.floor(images / Math.min(config.batchSize, images));
  for (const phase of planPhases(config, steps)) {
    try {
      requireTaps(spec, phase.losses, teacher);
      const { labelSmoothing } = config;
      const rng = createRng('check');
      const objective = createObjective({ spec, phase, labelSmoothing, classes, mixed: false, teacher, rng });
      movableParts(spec, [], objective.outputs, phase.freeze ?? []);
      openOptimiser(phase.optimiser);
      openSchedule(phase);
    } catch (error) {
      if (!(error instanceof NasDistillError) || config.stages === undefined) throw error;
      throw new NasDistillError(error.code, `${phase.name}: ${error.message}`, {
        cause: error,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      });
    }
  }
}

function requireTaps(spec: ModelSpec, terms: TrainingConfig['losses'], teacher: TeacherShapes | undefined): void {
  const student = Object.keys(tapShapes(spec));
  for (const { name, loss } of parseLossTerms(terms)) {
    const asked = [
      ...loss.taps.filter((pair) => !pair.optional).map((pair) => pair.student),
      ...(loss.studentTaps ?? []),
    ];
    requireTap(name, 'student', asked, student);
    if (teacher === undefined) continue;
    const taught = loss.taps.map((pair) => pair.teacher);
    requireTap(name, 'teacher', taught, Object.keys(teacher.taps));
  }
}

function requireTap(loss: string, whose: string, asked: readonly string[], known: readonly string[]): void {
  const missing = asked.find((tap) => !known.includes(tap));
  if (missing === undefined) return;
  throw new NasDistillError('CONFIG', `loss ${loss}: the ${whose} has no tap "${missing}"`, {
    hint: `It has: ${known.join(', ') || 'none'}.`,
  });
}
