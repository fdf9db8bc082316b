import { createRng } from '../core/rng.js';
import { checkOperators } from '../distillation/checkOperators.js';
import type { TeacherShapes } from '../distillation/objective.js';
import type { TrainingConfig } from '../distillation/TrainingConfig.js';
import type { EngineName } from '../engines/Engine.js';
import { openEngine } from '../engines/registry.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { coverOperators } from '../spaces/coverOperators.js';
import type { Architecture, SearchSpace } from '../spaces/SearchSpace.js';

/**
 * Asks the engine for every operator of a space, by a few architectures that between them have every kind of its layers:
 * now, and not in the middle of a search.
 * @returns how many architectures that were
 * @throws NasDistillError ENGINE_UNSUPPORTED naming space, operator and layer
 */
export async function checkSpaceOperators(options: {
  space: SearchSpace;
  engine: EngineName;
  build: (architecture: Architecture) => ModelSpec;
  training: (architecture: Architecture) => TrainingConfig;
  classes: number;
  teacher?: TeacherShapes | undefined;
}): Promise<number> {
  const { space, build, training, classes, teacher } = options;
  const rng = createRng(`operators/${space.name}`);
  const engine = await openEngine(options.engine, { threads: 1 });
  try {
    const chosen = coverOperators(space, build, rng.fork('architectures'));
    for (const { architecture, spec } of chosen) {
      const config = training(architecture);
      await checkOperators({ where: `space ${space.name}`, spec, config, classes, teacher, engine, rng });
    }
    return chosen.length;
  } finally {
    engine.close();
  }
}
