import type { ZodType } from 'zod';
import type { HostTensors, Tensors } from '../../engines/Engine.js';
import type { Tensor } from '../../engines/tf.js';

/** A term's value, shape [], and its weight by the recipe: a number, or a tensor where it follows a schedule. */
export interface WeighedTerm {
  readonly value: Tensor;
  readonly weight: number | Tensor;
}

export interface BatchAnswers {
  /** Logits [B, C]; the teacher's where there is one. */
  readonly student: Tensor;
  readonly teacher?: Tensor;
  /** One-hot labels [B, C]. */
  readonly oneHot: Tensor;
}

/** How the terms of an objective, or the images of a batch, are weighed against each other while training. */
export interface Weighting {
  /** First values of what it learns, for so many terms. */
  init(terms: number): HostTensors;
  /** The objective, shape [], and the weight that each term had where that is not the recipe's own number. */
  combine(terms: readonly WeighedTerm[], params: Tensors): { total: Tensor; weights?: readonly Tensor[] };
  /** Weight of each image [B], of mean 1, for the losses that are means over images; and what to log of it. */
  samples?(answers: BatchAnswers): { weights: Tensor; logged: Tensors };
}

/** One line of the registry. */
export interface WeightingEntry {
  readonly summary: string;
  readonly paper: string;
  /** Strict zod object with defaults and a `describe` text on every key: help and docs are derived from it. */
  readonly options: ZodType;
  /** @throws NasDistillError CONFIG naming the option that is wrong; missing ones get their defaults */
  create(options?: unknown): Weighting;
}
