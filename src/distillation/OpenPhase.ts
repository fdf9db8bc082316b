import type { Rng } from '../core/rng.js';
import { shownViews } from '../data/mixing.js';
import type { CompiledStep, Engine, EngineState, HostTensor, HostTensors, Tensors } from '../engines/Engine.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { averagedHostValues, averagedValues, averageDecay, averageName, withStatistics } from './averagedWeights.js';
import { BatchFeeder } from './BatchFeeder.js';
import { createEvaluator, type Evaluator } from './evaluateModel.js';
import { frozenBy } from './movableParts.js';
import { createRecalibrator, type Recalibrator } from './recalibrate.js';
import { openSchedule } from './schedules/openSchedule.js';
import { rampValue } from './schedules/ramp.js';
import type { Schedule } from './schedules/Schedule.js';
import { carriedTerms, type PlannedPhase } from './stages.js';
import type { StudyData, TrainingConfig } from './TrainingConfig.js';
import { createTrainingStep, type TrainingStep } from './trainingStep.js';

interface Ground {
  readonly spec: ModelSpec;
  readonly data: StudyData;
  readonly config: TrainingConfig;
  readonly engine: Engine;
  readonly rng: Rng;
  readonly batch: number;
}

/** A compiled phase of a training with its state on the engine. */
export class OpenPhase {
  private disposed = false;

  private constructor(
    private readonly ground: Ground,
    readonly plan: PlannedPhase,
    private readonly training: TrainingStep,
    private readonly state: EngineState,
    private readonly step: CompiledStep,
    private readonly recalibrator: Recalibrator | undefined,
    private readonly evaluator: Evaluator,
    readonly feeder: BatchFeeder,
    private readonly schedule: Schedule,
  ) {}

  /** @param values what the state begins with instead of the phase's own first values, in part or whole */
  static async open(ground: Ground, plan: PlannedPhase, values: HostTensors = {}): Promise<OpenPhase> {
    const { spec, data, config, engine, batch } = ground;
    const { dataset, splits, normalisation, augmentation, teacher } = data;
    const classes = dataset.classes.length;
    const training = createTrainingStep({
      spec,
      config: { ...config, ...plan },
      batch,
      classes,
      imageShape: dataset.shape,
      mixed: shownViews(augmentation, config.mixing).mixed,
      teacher,
      rng: plan.begin === 0 ? ground.rng : ground.rng.fork(`stage/${plan.begin}`),
    });
    const schedule = openSchedule(plan);
    const release: { dispose(): void }[] = [];
    try {
      const feeder = new BatchFeeder(data, training, batch);
      const known = Object.entries(values).filter(([name]) => Object.hasOwn(training.state, name));
      const state = engine.createState({ ...training.state, ...Object.fromEntries(known) });
      release.push(state);
      const step = await engine.compile(training.step, state.specs, training.feeds);
      release.push(step);
      const { modelNames } = training;
      const valuesOf = (all: Tensors) => (config.ema ? averagedValues(all, modelNames) : all);
      const recalibrator = await createRecalibrator({
        spec,
        engine,
        state,
        data,
        skips: frozenBy(spec, plan.freeze ?? []),
        valuesOf,
        changed: (statistics, all) => (config.ema ? withStatistics(all, modelNames, statistics) : statistics),
      });
      if (recalibrator) release.push(recalibrator);
      const evaluator = await createEvaluator({
        spec,
        engine,
        state,
        dataset,
        indices: splits.validation,
        normalisation,
        classes,
        valuesOf,
      });
      return new OpenPhase(ground, plan, training, state, step, recalibrator, evaluator, feeder, schedule);
    } catch (error) {
      for (const held of release.reverse()) held.dispose();
      throw error;
    }
  }

  /** The phase that follows, with the model's values and what its terms share with this one's; closes this one. */
  async next(plan: PlannedPhase): Promise<OpenPhase> {
    try {
      const values = await this.state.read();
      const prefixes = carriedTerms(this.plan, plan);
      const kept = new Set([...this.training.modelNames, averageName]);
      const carried: Record<string, HostTensor> = {};
      for (const [name, value] of Object.entries(values)) {
        if (kept.has(name)) carried[name] = value;
        const [prefix] = /^(adapter|memory)\/\d+\//.exec(name) ?? [''];
        const moved = prefixes.get(prefix);
        if (moved !== undefined) carried[moved + name.slice(prefix.length)] = value;
      }
      return await OpenPhase.open(this.ground, plan, carried);
    } finally {
      this.dispose();
    }
  }

  /**
   * One step on one batch of the epoch.
   * @param done steps before it, of the whole training
   * @returns the step's scalars: losses, and everything that follows a schedule
   */
  async run(position: number, view: number, done: number, noise: Rng): Promise<Record<string, number>> {
    const { plan, training, feeder, ground } = this;
    const [at, total] = [done - plan.begin, plan.end - plan.begin];
    const scalars: Record<string, number> = { lr: this.schedule(at, total) };
    for (const [name, ramp] of Object.entries(training.ramps)) scalars[name] = rampValue(ramp, at, total);
    if (ground.config.ema) scalars['average/decay'] = averageDecay(ground.config.ema.decay, done);
    feeder.fill(position, view, scalars, noise);
    const outputs = await this.step.run(this.state, feeder.feeds);
    const values = Object.entries(outputs).map(([name, { data }]): [string, number] => [name, data[0]]);
    const temperatures = Object.entries(scalars).filter(([name]) => name.startsWith('temperature/'));
    return Object.fromEntries([...values, ...temperatures.map(([name, t]) => [name.replace('/', '_'), t] as const)]);
  }

  /** On validation, after measuring the statistics of batch norms for the weights as they are now. */
  async evaluate() {
    await this.recalibrator?.run(this.state);
    return this.evaluator.evaluate(this.state);
  }

  /** All of the state: weights, averages, adapters, optimiser. */
  readState(): Promise<HostTensors> {
    return this.state.read();
  }

  /** The model's own values as they are evaluated: averaged, if the recipe says so. */
  async variables(): Promise<Record<string, HostTensor>> {
    const { modelNames } = this.training;
    if (!this.ground.config.ema) return this.state.read(modelNames);
    const { [averageName]: average } = await this.state.read([averageName]);
    return averagedHostValues(average, modelNames, this.state.specs);
  }

  /** May be called again. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.evaluator.dispose();
    this.recalibrator?.dispose();
    this.step.dispose();
    this.state.dispose();
  }
}
