import type { AugmentationPolicy, Dataset, Normalisation, Splits } from '../data/Dataset.js';
import type { Mixing } from '../data/mixing.js';
import type { StoredOutputs, TeacherOutputs } from '../data/TeacherOutputs.js';
import type { LossTerm } from '../spaces/SearchSpace.js';
import type { TemperatureRamp, WeightRamp } from './schedules/ramp.js';

/** One line of a registry, with options. */
export interface Named {
  readonly name: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A weighted term, whose weight (as a factor) and temperature may follow a schedule. */
export interface TrainingTerm extends LossTerm {
  readonly schedule?: WeightRamp;
  readonly temperature?: TemperatureRamp;
}

/** What is optimised, and how. */
export interface Phase {
  /** Weighted loss terms, such as kd 0.7 (T 4) + ce 0.3. */
  readonly losses: readonly TrainingTerm[];
  /** Default: fixed. */
  readonly weighting?: Named;
  readonly optimiser: Named;
  /** Peak learning rate. */
  readonly learningRate: number;
  readonly schedule: Named;
  /** Parts of the model that stand still: names of nodes, or what stands before a dot in them. */
  readonly freeze?: readonly string[];
}

/** One of several phases of a training. */
export interface Stage extends Phase {
  readonly name?: string;
  /** Fraction of all steps. */
  readonly length: number;
}

/** How a model is trained; plain data. The same config drives brief distillation, promotion and teachers. */
export interface TrainingConfig extends Phase {
  readonly epochs: number;
  readonly batchSize: number;
  /** Largest global norm of the gradient; null: no clipping. */
  readonly clipNorm: number | null;
  /** Largest size of any value of the gradient, applied before the norm; null or absent: no clipping. */
  readonly clipValue?: number | null;
  readonly labelSmoothing: number;
  /** Evaluate and hand out a moving average of the weights; null or absent: the weights themselves. */
  readonly ema?: { readonly decay: number } | null;
  /** How images are mixed in pairs; absent: not. Which views are shown, where the data has several ways of mixing. */
  readonly mixing?: Mixing;
  /** If there are any, they are trained one after the other, and `losses` lists the terms of all of them. */
  readonly stages?: readonly Stage[];
}

/** The same training without a teacher: cross entropy with the labels alone, all the time. */
export function withoutTeacher(config: TrainingConfig): TrainingConfig {
  const { epochs, batchSize, optimiser, learningRate, schedule, clipNorm, clipValue, labelSmoothing, ema, mixing } =
    config;
  const common = { epochs, batchSize, optimiser, learningRate, schedule, clipNorm, labelSmoothing };
  return {
    ...common,
    ...(clipValue === undefined ? {} : { clipValue }),
    ...(ema === undefined ? {} : { ema }),
    ...(mixing === undefined ? {} : { mixing }),
    losses: [{ loss: 'ce', weight: 1 }],
  };
}

/** What `StudyData` is made of, wherever the teacher's answers lie. */
export interface HandedData extends Omit<StudyData, 'teacher'> {
  readonly teacher?: TeacherOutputs | StoredOutputs;
}

/** Everything that training reads, shared by all workers without copies. */
export interface StudyData {
  readonly dataset: Dataset;
  readonly splits: Splits;
  readonly normalisation: Normalisation;
  readonly augmentation: AugmentationPolicy;
  /** Absent when a model is trained without a teacher. */
  readonly teacher?: TeacherOutputs;
}
