import type { Rng } from '../core/rng.js';
import type { HostTensor, HostTensors, StepFunction, Tensors, TensorSpec } from '../engines/Engine.js';
import { lossAndGradients } from '../engines/lossAndGradients.js';
import { add, cast, mul, oneHot, type Scalar, type Tensor, type Tensor1D } from '../engines/tf.js';
import { applyModel } from '../models/applyModel.js';
import { tapShapes } from '../models/inferShapes.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { noiseSpecs } from '../models/noise.js';
import { initialise } from '../models/parameters.js';
import { NasDistillError } from '../core/errors.js';
import type { TeacherOutputs } from '../data/TeacherOutputs.js';
import { clipByGlobalNorm } from './optimisers/clipping.js';
import type { OptimiserEntry } from './optimisers/Optimiser.js';
import { optimisers } from './optimisers/registry.js';
import { parseLossTerms, type WeightedLoss } from './parseLossTerms.js';
import type { TrainingConfig } from './TrainingConfig.js';

/** One training step of a model under a recipe: what it computes, its first state and its feeds. */
export interface TrainingStep {
  readonly step: StepFunction;
  /** Weights, statistics, adapters (`adapter/...`) and optimiser state (`opt/...`). */
  readonly state: HostTensors;
  readonly feeds: Readonly<Record<string, TensorSpec>>;
  /** Names of the model's own values in the state: what is evaluated and exported. */
  readonly modelNames: readonly string[];
  /** Names of the noise feeds. */
  readonly noise: readonly string[];
  /** Taps of the teacher that are fed, as `teacher/TAP`. */
  readonly teacherTaps: readonly string[];
  readonly needsTeacher: boolean;
}

/**
 * Writes down one training step: forward, weighted losses, gradients, clipping, optimiser, statistics.
 * Outputs: `loss`, and `loss_NAME` for each term before its weight.
 * @throws NasDistillError CONFIG for a recipe that does not fit the model or the teacher
 */
export function createTrainingStep(options: {
  spec: ModelSpec;
  config: Pick<TrainingConfig, 'losses' | 'labelSmoothing' | 'clipNorm' | 'optimiser'>;
  batch: number;
  classes: number;
  imageShape: readonly number[];
  teacher: TeacherOutputs | undefined;
  rng: Rng;
}): TrainingStep {
  const { spec, config, batch, classes, imageShape, teacher, rng } = options;
  const terms = parseLossTerms(config.losses);
  const needsTeacher = terms.some(({ loss }) => loss.needsTeacher);
  if (needsTeacher && teacher === undefined) {
    throw new NasDistillError(
      'CONFIG',
      `loss ${terms.find((t) => t.loss.needsTeacher)?.name ?? ''} needs a teacher, and there is none`,
    );
  }
  if (needsTeacher && teacher && teacher.classes !== classes) {
    throw new NasDistillError('CACHE', `the teacher's outputs have ${teacher.classes} classes, the data ${classes}`);
  }
  const values = initialise(spec, rng.fork('weights'));
  const adapters = initialiseAdapters(terms, spec, teacher, rng.fork('adapters'));
  const trainable: Record<string, HostTensor> = { ...values.trainable, ...adapters };
  const registry: Record<string, OptimiserEntry> = optimisers;
  if (!Object.hasOwn(registry, config.optimiser.name)) {
    throw new NasDistillError('CONFIG', `unknown optimiser "${config.optimiser.name}"`, {
      hint: `Known: ${Object.keys(optimisers).join(', ')}.`,
    });
  }
  const optimiser = registry[config.optimiser.name].create(config.optimiser.options);
  const trainableNames = Object.keys(trainable);
  const noise = noiseSpecs(spec, batch);
  const teacherTaps = [...new Set(terms.flatMap(({ loss }) => loss.taps.map((pair) => pair.teacher)))];

  const objective = (params: Tensors, state: Tensors, feeds: Tensors) => {
    const student = applyModel(spec, { ...state, ...params }, feeds.image, { training: true, noise: feeds });
    const labels = cast(oneHot(feeds.labels as Tensor1D, classes), 'float32');
    const targets = smooth(labels, config.labelSmoothing, classes);
    const aux: Tensors = { ...student.statistics };
    let total: Tensor | undefined;
    for (const [index, { name, weight, loss }] of terms.entries()) {
      const value = loss.value({
        student: { logits: student.logits, taps: student.taps },
        ...(needsTeacher ? { teacher: { logits: feeds.teacher, taps: teacherTapsOf(feeds, teacherTaps) } } : {}),
        targets,
        oneHot: labels,
        params: own(params, adapterPrefix(index)),
      });
      aux[`loss_${name}`] = value;
      const weighted = mul(value, weight);
      total = total === undefined ? weighted : add(total, weighted);
    }
    if (total === undefined) throw new NasDistillError('INTERNAL', 'no loss term');
    return { loss: total, aux };
  };

  const step: StepFunction = (state, feeds) => {
    const params = Object.fromEntries(trainableNames.map((name) => [name, state[name]]));
    const { loss, grads, aux } = lossAndGradients(params, (inner) => objective(inner, state, feeds));
    const clipped = config.clipNorm === null ? grads : clipByGlobalNorm(grads, config.clipNorm).grads;
    const updated = optimiser.apply({ params, grads: clipped, state, lr: feeds.lr as Scalar });
    const outputs: Tensors = { loss };
    const statistics: Tensors = {};
    for (const [name, value] of Object.entries(aux)) (name.startsWith('loss_') ? outputs : statistics)[name] = value;
    return { state: { ...updated.params, ...updated.state, ...statistics }, outputs };
  };

  const float = (shape: readonly number[]): TensorSpec => ({ shape, dtype: 'float32' });
  const feeds: Record<string, TensorSpec> = {
    image: float([batch, ...imageShape]),
    labels: { shape: [batch], dtype: 'int32' },
    lr: float([]),
    ...noise,
  };
  if (needsTeacher && teacher) {
    feeds.teacher = float([batch, teacher.classes]);
    for (const tap of teacherTaps) feeds[`teacher/${tap}`] = float([batch, ...teacher.taps[tap].shape]);
  }
  return {
    step,
    state: { ...trainable, ...values.statistics, ...optimiser.init(trainable) },
    feeds,
    modelNames: [...Object.keys(values.trainable), ...Object.keys(values.statistics)],
    noise: Object.keys(noise),
    teacherTaps,
    needsTeacher,
  };
}

function smooth(labels: Tensor, amount: number, classes: number): Tensor {
  return amount === 0 ? labels : add(mul(labels, 1 - amount), amount / classes);
}

function adapterPrefix(index: number): string {
  return `adapter/${index}/`;
}

function own(params: Tensors, prefix: string): Tensors {
  const entries = Object.entries(params).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(prefix.length), value]));
}

function teacherTapsOf(feeds: Tensors, taps: readonly string[]): Tensors {
  return Object.fromEntries(taps.map((tap) => [tap, feeds[`teacher/${tap}`]]));
}

function initialiseAdapters(
  terms: readonly WeightedLoss[],
  spec: ModelSpec,
  teacher: TeacherOutputs | undefined,
  rng: Rng,
): Record<string, HostTensor> {
  const student = tapShapes(spec);
  const taught = Object.fromEntries(Object.entries(teacher?.taps ?? {}).map(([tap, { shape }]) => [tap, shape]));
  const out: Record<string, HostTensor> = {};
  for (const [index, { loss }] of terms.entries()) {
    for (const [name, value] of Object.entries(loss.init(student, taught, rng.fork(index)))) {
      out[`${adapterPrefix(index)}${name}`] = value;
    }
  }
  return out;
}
