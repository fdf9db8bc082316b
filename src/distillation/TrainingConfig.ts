import type { LossTerm } from '../spaces/SearchSpace.js';
import type { AugmentationPolicy, Dataset, Normalisation, Splits } from '../data/Dataset.js';
import type { TeacherOutputs } from '../data/TeacherOutputs.js';

/** How a model is trained; plain data. The same config drives brief distillation, promotion and teachers. */
export interface TrainingConfig {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimiser: { readonly name: string; readonly options?: Readonly<Record<string, unknown>> };
  /** Peak learning rate. */
  readonly learningRate: number;
  readonly schedule: { readonly name: string; readonly options?: Readonly<Record<string, unknown>> };
  /** Largest global norm of the gradient; null: no clipping. */
  readonly clipNorm: number | null;
  readonly labelSmoothing: number;
  /** Weighted loss terms, such as kd 0.7 (T 4) + ce 0.3. */
  readonly losses: readonly LossTerm[];
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
