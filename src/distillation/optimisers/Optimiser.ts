import type { ZodType } from 'zod';
import type { HostTensors, Tensors } from '../../engines/Engine.js';
import type { Scalar } from '../../engines/tf.js';

/** Every name in an optimiser's state starts with this, so that it can lie beside the weights in one engine state. */
export const optimiserStatePrefix = 'opt/';

export interface OptimiserInput {
  /** The trainable tensors: exactly the names and shapes given to `init`. */
  readonly params: Tensors;
  /** d loss / d param, by the same names. */
  readonly grads: Tensors;
  /** The state of the step; only names that start with `opt/` are read, so the whole step state may be given. */
  readonly state: Tensors;
  /** Learning rate of this step, shape [], usually a feed. */
  readonly lr: Scalar;
}

/** An update rule as pure functions: usable inside a StepFunction, by any engine. */
export interface Optimiser {
  /** The state before the first step, for parameters of these shapes (their values are not read). */
  init(params: HostTensors): HostTensors;
  /** One update: all new parameters, and all of the new `opt/` state. */
  apply(input: OptimiserInput): { params: Tensors; state: Tensors };
}

/** One line of the registry. */
export interface OptimiserEntry {
  readonly summary: string;
  readonly paper: string;
  /** Strict zod object with defaults and a `describe` text on every key: help and docs are derived from it. */
  readonly options: ZodType;
  /** @throws NasDistillError CONFIG naming the option that is wrong; missing ones get their defaults */
  create(options?: unknown): Optimiser;
}
