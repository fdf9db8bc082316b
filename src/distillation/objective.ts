import { NasDistillError } from '../core/errors.js';
import type { Rng } from '../core/rng.js';
import type { HostTensor, Tensors } from '../engines/Engine.js';
import { add, cast, mul, oneHot, sub, reshape, type Tensor, type Tensor1D } from '../engines/tf.js';
import { tapShapes } from '../models/inferShapes.js';
import { headTaps } from '../spaces/headTaps.js';
import type { ModelOutputs } from '../models/applyModel.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { DistillationLoss, LossInput } from './losses/LossEntry.js';
import { parseLossTerms } from './parseLossTerms.js';
import type { Ramp } from './schedules/ramp.js';
import type { Phase } from './TrainingConfig.js';
import { openWeighting } from './weighting/openWeighting.js';

/** What an objective needs to know of the teacher; its cached outputs are one. */
export interface TeacherShapes {
  readonly classes: number;
  readonly taps: Readonly<Record<string, { readonly shape: readonly number[] }>>;
}

/** The weighted terms of one phase over a model, as a function of its outputs. */
export interface Objective {
  readonly needsTeacher: boolean;
  /** Taps of the teacher that it looks at. */
  readonly teacherTaps: readonly string[];
  /** The student's nodes that it looks at. */
  readonly outputs: readonly string[];
  /** Adapters and learnt weights: `adapter/...`. */
  readonly trainable: Readonly<Record<string, HostTensor>>;
  /** What terms remember from step to step: `memory/...`. */
  readonly memory: Readonly<Record<string, HostTensor>>;
  /** Scalars that follow a schedule, by the name of their feed. */
  readonly ramps: Readonly<Record<string, Ramp>>;
  /**
   * `logged`: `loss_NAME` of each term before its weight, `weight_NAME` where that is no fixed number.
   * @param params the trainable ones @param state holds the memory @param feeds the step's
   */
  value(
    student: ModelOutputs,
    params: Tensors,
    state: Tensors,
    feeds: Tensors,
  ): { total: Tensor; logged: Tensors; memory: Tensors };
}

/** @throws NasDistillError CONFIG for terms that do not fit the model or the teacher */
export function createObjective(options: {
  spec: ModelSpec;
  phase: Pick<Phase, 'losses' | 'weighting'>;
  labelSmoothing: number;
  classes: number;
  /** Whether images are mixed: then `partner` and `share` are fed. */
  mixed: boolean;
  teacher: TeacherShapes | undefined;
  rng: Rng;
}): Objective {
  const { spec, phase, labelSmoothing, classes, mixed, teacher, rng } = options;
  const terms = parseLossTerms(phase.losses);
  const weighting = openWeighting(phase.weighting);
  const needsTeacher = terms.some(({ loss }) => loss.needsTeacher);
  if (needsTeacher && teacher === undefined) {
    const name = terms.find(({ loss }) => loss.needsTeacher)?.name ?? '';
    throw new NasDistillError('CONFIG', `loss ${name} needs a teacher, and there is none`);
  }
  const studentShapes = tapShapes(spec);
  const teacherShapes = Object.fromEntries(Object.entries(teacher?.taps ?? {}).map(([tap, { shape }]) => [tap, shape]));
  const trainable: Record<string, HostTensor> = {};
  const memory: Record<string, HostTensor> = {};
  const ramps: Record<string, Ramp> = {};
  const put = (into: Record<string, HostTensor>, prefix: string, values: Readonly<Record<string, HostTensor>>) => {
    for (const [name, value] of Object.entries(values)) into[prefix + name] = value;
  };
  for (const [index, { name, loss, schedule, temperature }] of terms.entries()) {
    const own = rng.fork(index);
    put(trainable, adapterPrefix(index), loss.init(studentShapes, teacherShapes, own, classes));
    put(memory, memoryPrefix(index), loss.memory?.(teacherShapes, own.fork('memory')) ?? {});
    if (schedule !== undefined) ramps[`weight/${name}`] = schedule;
    if (temperature !== undefined) ramps[`temperature/${name}`] = temperature;
  }
  put(trainable, weightingPrefix, weighting.init(terms.length));
  const heads = headsOf(spec, terms);
  const studentTaps = terms.flatMap(({ loss }) => [...loss.taps.map((t) => t.student), ...(loss.studentTaps ?? [])]);
  const teacherTaps = [...new Set(terms.flatMap(({ loss }) => loss.taps.map((pair) => pair.teacher)))];

  return {
    needsTeacher,
    teacherTaps,
    outputs: [
      ...(terms.some(({ loss }) => loss.usesLogits) ? [spec.logits] : []),
      ...studentTaps.filter((tap) => Object.hasOwn(spec.taps, tap)).map((tap) => spec.taps[tap]),
    ],
    trainable,
    memory,
    ramps,
    value: (student, params, state, feeds) => {
      const labels = labelsOf(feeds, classes, mixed);
      const targets = labelSmoothing === 0 ? labels.targets : smooth(labels.targets, labelSmoothing, classes);
      const answers = {
        student: student.logits,
        ...(needsTeacher ? { teacher: feeds.teacher } : {}),
        oneHot: labels.oneHot,
      };
      const judged = weighting.samples?.(answers);
      const logged: Tensors = { ...judged?.logged };
      const remembered: Tensors = {};
      const weighed = terms.map(({ name, weight, loss, schedule, temperature }, index) => {
        const input: LossInput = {
          student: { logits: heads(student, loss), taps: student.taps },
          ...(needsTeacher ? { teacher: { logits: feeds.teacher, taps: tapsOf(feeds, teacherTaps) } } : {}),
          targets,
          oneHot: labels.oneHot,
          params: below(params, adapterPrefix(index)),
          memory: below(state, memoryPrefix(index)),
          ...(temperature === undefined ? {} : { temperature: feeds[`temperature/${name}`] }),
          ...(judged === undefined ? {} : { samples: judged.weights }),
          remember: (key, value) => void (remembered[memoryPrefix(index) + key] = value),
          log: (key, value) => void (logged[`weight_${name}.${key}`] = value),
        };
        const value = loss.value(input);
        logged[`loss_${name}`] = value;
        return { value, weight: schedule === undefined ? weight : mul(feeds[`weight/${name}`], weight) };
      });
      const { total, weights } = weighting.combine(weighed, below(params, weightingPrefix));
      for (const [index, { name }] of terms.entries()) {
        const weight = weights?.[index] ?? weighed[index].weight;
        if (typeof weight !== 'number') logged[`weight_${name}`] = weight;
      }
      return { total, logged, memory: remembered };
    },
  };
}

/**
 * Which of the student's logits a loss looks at. Of a student with a distillation token, those of its own head where the teacher
 * teaches them, and those of the class head where labels do; where only one of them is heard, the mean of both.
 */
function headsOf(spec: ModelSpec, terms: readonly { readonly loss: DistillationLoss }[]) {
  const two = Object.hasOwn(spec.taps, headTaps.teacher) && Object.hasOwn(spec.taps, headTaps.labels);
  const ofOutputs = terms.filter(({ loss }) => loss.usesLogits);
  const taught = new Set(ofOutputs.map(({ loss }) => loss.needsTeacher)).size === 2;
  return (student: ModelOutputs, loss: DistillationLoss): Tensor => {
    if (!two || !taught) return student.logits;
    return student.taps[loss.needsTeacher ? headTaps.teacher : headTaps.labels];
  };
}

const weightingPrefix = 'adapter/weighting/';

function adapterPrefix(index: number): string {
  return `adapter/${index}/`;
}

function memoryPrefix(index: number): string {
  return `memory/${index}/`;
}

/** Of a mixed image both labels count by their share; its one-hot label is that of the larger part. */
function labelsOf(feeds: Tensors, classes: number, mixed: boolean): { targets: Tensor; oneHot: Tensor } {
  const one = (labels: Tensor) => cast(oneHot(labels as Tensor1D, classes), 'float32');
  const own = one(feeds.labels);
  if (!mixed) return { targets: own, oneHot: own };
  const share = reshape(feeds.share, [-1, 1]);
  const targets = add(mul(own, share), mul(one(feeds.partner), sub(1, share)));
  return { targets, oneHot: one(feeds.main) };
}

function smooth(labels: Tensor, amount: number, classes: number): Tensor {
  return add(mul(labels, 1 - amount), amount / classes);
}

/** What lies below a prefix, without it. */
function below(tensors: Tensors, prefix: string): Tensors {
  const entries = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(prefix.length), value]));
}

function tapsOf(feeds: Tensors, taps: readonly string[]): Tensors {
  return Object.fromEntries(taps.map((tap) => [tap, feeds[`teacher/${tap}`]]));
}
