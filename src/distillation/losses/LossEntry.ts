import type { ZodType } from 'zod';
import type { Rng } from '../../core/rng.js';
import type { HostTensors, Tensors } from '../../engines/Engine.js';
import type { Tensor } from '../../engines/tf.js';

/** Outputs of one network for a batch. */
export interface NetworkOutputs {
  /** [B, C] */
  readonly logits: Tensor;
  /** By tap name, batch in front. */
  readonly taps: Tensors;
}

export interface LossInput {
  readonly student: NetworkOutputs;
  /** Absent only for losses that need no teacher. */
  readonly teacher?: NetworkOutputs;
  /** Targets as probabilities [B, C]: one-hot, mixed and smoothed if the recipe says so. */
  readonly targets: Tensor;
  /** One-hot labels [B, C]; of a mixed image, the label of its larger part. */
  readonly oneHot: Tensor;
  /** This term's own trainable values (adapters), by the names that `init` gave. */
  readonly params: Tensors;
  /** Scheduled temperature, shape [], instead of the options' own. */
  readonly temperature?: Tensor;
  /** Weight of each image [B], of mean 1; absent: all alike. For losses that are means over images. */
  readonly samples?: Tensor;
  /** What the term remembers from step to step, by the names that `memory` gave. */
  readonly memory: Tensors;
  /** Hands out the new value of something remembered. */
  remember(name: string, value: Tensor): void;
  /** Logs a scalar under a name of the term's own, such as the weight of one of its taps. */
  log(name: string, value: Tensor): void;
}

export type Shapes = Readonly<Record<string, readonly number[]>>;

/** One term of a distillation objective, configured. */
export interface DistillationLoss {
  readonly needsTeacher: boolean;
  /** Whether it looks at the student's logits. */
  readonly usesLogits: boolean;
  /** Pairs of taps that it looks at; an optional one is left out for students that lack the tap. */
  readonly taps: readonly { readonly student: string; readonly teacher: string; readonly optional?: boolean }[];
  /** Taps of the student that it looks at without a counterpart. */
  readonly studentTaps?: readonly string[];
  /**
   * First values of its adapters, for one sample's tap shapes.
   * @throws NasDistillError CONFIG naming both taps and shapes if one cannot be mapped to the other
   */
  init(student: Shapes, teacher: Shapes, rng: Rng, classes: number): HostTensors;
  /** First values of what it remembers from step to step; nothing if absent. */
  memory?(teacher: Shapes, rng: Rng): HostTensors;
  /** The term's value, shape []; a mean over the batch unless its definition says otherwise. */
  value(input: LossInput): Tensor;
}

/** One line of the registry. */
export interface LossEntry {
  readonly summary: string;
  readonly paper: string;
  /** Whether its temperature can follow a schedule. */
  readonly softened?: boolean;
  /** Strict zod object with defaults and a `describe` text on every key. */
  readonly options: ZodType;
  create(options?: unknown): DistillationLoss;
}
