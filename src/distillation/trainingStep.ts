import { NasDistillError } from '../core/errors.js';
import type { Rng } from '../core/rng.js';
import type { HostTensor, HostTensors, StepFunction, Tensors, TensorSpec } from '../engines/Engine.js';
import { inLayer } from '../engines/layerScope.js';
import { lossAndGradients } from '../engines/lossAndGradients.js';
import type { Scalar } from '../engines/tf.js';
import { applyModel } from '../models/applyModel.js';
import { inputType } from '../models/modelInput.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { noiseSpecs } from '../models/noise.js';
import { initialise } from '../models/parameters.js';
import { averageName, firstAverage, movedAverage } from './averagedWeights.js';
import { frozenBy, movableParts } from './movableParts.js';
import { createObjective, type TeacherShapes } from './objective.js';
import { clipByGlobalNorm, clipGradientsByValue } from './optimisers/clipping.js';
import { openOptimiser } from './optimisers/openOptimiser.js';
import type { Ramp } from './schedules/ramp.js';
import type { TrainingConfig } from './TrainingConfig.js';

/** One training step of a model under a recipe: what it computes, its first state and its feeds. */
export interface TrainingStep {
  readonly step: StepFunction;
  /** Weights, statistics, adapters (`adapter/...`), memories (`memory/...`), averages and optimiser state (`opt/...`). */
  readonly state: HostTensors;
  readonly feeds: Readonly<Record<string, TensorSpec>>;
  /** Names of the model's own values in the state, in the order of their average. */
  readonly modelNames: readonly string[];
  /** Names of the noise feeds. */
  readonly noise: readonly string[];
  /** Taps of the teacher that are fed, as `teacher/TAP`. */
  readonly teacherTaps: readonly string[];
  readonly needsTeacher: boolean;
  /** Feeds of shape [] that follow a schedule. */
  readonly ramps: Readonly<Record<string, Ramp>>;
}

/** Marks what a step hands out, among the statistics and memories that it computes on the way. */
const output = 'out:';

/**
 * Writes down one training step: forward, weighted losses, gradients, clipping, optimiser, statistics, average.
 * Outputs: `loss`, `loss_NAME` of each term before its weight, `weight_NAME` where a weight is no fixed number.
 * @throws NasDistillError CONFIG for a recipe that does not fit the model or the teacher
 */
export function createTrainingStep(options: {
  spec: ModelSpec;
  config: Pick<
    TrainingConfig,
    'losses' | 'weighting' | 'labelSmoothing' | 'clipNorm' | 'clipValue' | 'optimiser' | 'freeze' | 'ema'
  >;
  batch: number;
  classes: number;
  imageShape: readonly number[];
  /** Whether images are mixed in pairs: then `partner`, `share` and `main` are fed. */
  mixed?: boolean;
  teacher: TeacherShapes | undefined;
  rng: Rng;
}): TrainingStep {
  const { spec, config, batch, classes, imageShape, mixed = false, teacher, rng } = options;
  const { labelSmoothing, freeze = [] } = config;
  const objective = createObjective({
    spec,
    phase: config,
    labelSmoothing,
    classes,
    mixed,
    teacher,
    rng: rng.fork('adapters'),
  });
  const { needsTeacher, teacherTaps, ramps } = objective;
  if (needsTeacher && teacher && teacher.classes !== classes) {
    throw new NasDistillError('CACHE', `the teacher's outputs have ${teacher.classes} classes, the data ${classes}`);
  }
  const values = initialise(spec, rng.fork('weights'));
  const model: HostTensors = { ...values.trainable, ...values.statistics };
  const modelNames = Object.keys(model);
  const movable = movableParts(spec, Object.keys(values.trainable), objective.outputs, freeze);
  const trainable: Record<string, HostTensor> = { ...objective.trainable };
  for (const name of movable) trainable[name] = values.trainable[name];
  if (movable.size === 0) throw new NasDistillError('CONFIG', 'nothing is left to train: everything is frozen');
  const trainableNames = [...movable, ...Object.keys(objective.trainable)];
  const optimiser = openOptimiser(config.optimiser);
  const isFrozen = frozenBy(spec, freeze);
  const noise = noiseSpecs(spec, batch);

  const step: StepFunction = (state, feeds) => {
    const params = Object.fromEntries(trainableNames.map((name) => [name, state[name]]));
    const { loss, grads, aux } = lossAndGradients(params, (inner) => {
      const student = applyModel(spec, { ...state, ...inner }, feeds.image, { training: true, noise: feeds });
      const { total, logged, memory } = inLayer('(loss)', () => objective.value(student, inner, state, feeds));
      const marked = Object.entries(logged).map(([name, value]) => [output + name, value]);
      return { loss: total, aux: { ...student.statistics, ...memory, ...Object.fromEntries(marked) } };
    });
    const clipped = inLayer('(clipping)', () => {
      const limited = config.clipValue ? clipGradientsByValue(grads, config.clipValue) : grads;
      return config.clipNorm === null ? limited : clipByGlobalNorm(limited, config.clipNorm).grads;
    });
    const updated = inLayer('(optimiser)', () =>
      optimiser.apply({ params, grads: clipped, state, lr: feeds.lr as Scalar }),
    );
    const outputs: Tensors = { loss };
    const changed: Tensors = { ...updated.params };
    for (const [name, value] of Object.entries(aux)) {
      if (name.startsWith(output)) outputs[name.slice(output.length)] = value;
      else if (!isFrozen(name.split('/')[0])) changed[name] = value;
    }
    if (config.ema) {
      const now = { ...state, ...changed };
      changed[averageName] = movedAverage(state[averageName], now, modelNames, feeds['average/decay']);
    }
    return { state: { ...changed, ...updated.state }, outputs };
  };

  const float = (shape: readonly number[]): TensorSpec => ({ shape, dtype: 'float32' });
  const feeds: Record<string, TensorSpec> = {
    image: { shape: [batch, ...imageShape], dtype: inputType(spec) },
    labels: { shape: [batch], dtype: 'int32' },
    lr: float([]),
    ...noise,
  };
  if (mixed) {
    feeds.partner = { shape: [batch], dtype: 'int32' };
    feeds.main = { shape: [batch], dtype: 'int32' };
    feeds.share = float([batch]);
  }
  for (const name of Object.keys(ramps)) feeds[name] = float([]);
  if (config.ema) feeds['average/decay'] = float([]);
  if (needsTeacher && teacher) {
    feeds.teacher = float([batch, teacher.classes]);
    for (const tap of teacherTaps) feeds[`teacher/${tap}`] = float([batch, ...teacher.taps[tap].shape]);
  }
  return {
    step,
    state: {
      ...model,
      ...objective.trainable,
      ...objective.memory,
      ...(config.ema ? { [averageName]: firstAverage(model, modelNames) } : {}),
      ...optimiser.init(trainable),
    },
    feeds,
    modelNames,
    noise: Object.keys(noise),
    teacherTaps,
    needsTeacher,
    ramps,
  };
}
