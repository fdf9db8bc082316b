import { createRng } from '../../core/rng.js';
import type { TeacherShapes } from '../../distillation/objective.js';
import { randomFeeds } from '../../distillation/randomFeeds.js';
import { planPhases } from '../../distillation/stages.js';
import { createTrainingStep } from '../../distillation/trainingStep.js';
import type { TrainingConfig } from '../../distillation/TrainingConfig.js';
import type { Engine } from '../../engines/Engine.js';
import type { ModelSpec } from '../../models/ModelSpec.js';

/** A training step of one model, as plain data: what the workers of a search do all day. */
export interface StepWork {
  readonly spec: ModelSpec;
  readonly training: TrainingConfig;
  /** Samples in a step. */
  readonly batch: number;
  readonly classes: number;
  readonly mixed: boolean;
  readonly teacher?: TeacherShapes;
}

/** Compiles the step of the training's first phase; `run` does it once, on random samples. */
export async function openStepWork(engine: Engine, work: StepWork): Promise<{ run(): Promise<unknown> }> {
  const { spec, training, batch, classes, mixed, teacher } = work;
  const rng = createRng('step-work');
  const [phase] = planPhases(training, 1000);
  const step = createTrainingStep({
    spec,
    config: { ...training, ...phase },
    batch,
    classes,
    imageShape: spec.input,
    mixed,
    teacher,
    rng: rng.fork('weights'),
  });
  const state = engine.createState(step.state);
  const compiled = await engine.compile(step.step, state.specs, step.feeds);
  const feeds = randomFeeds(step.feeds, rng.fork('feeds'));
  return { run: () => compiled.run(state, feeds) };
}
