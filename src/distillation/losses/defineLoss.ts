import type { ZodType } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import { mean, mul, type Tensor } from '../../engines/tf.js';
import { parseOptions } from '../parseOptions.js';
import type { LossEntry, LossInput, NetworkOutputs } from './LossEntry.js';

/** A registry entry for a loss of the logits alone. */
export function outputLoss<O>(definition: {
  name: string;
  summary: string;
  paper: string;
  options: ZodType<O>;
  needsTeacher: boolean;
  /** Whether it reads `temperatureOf`. */
  softened?: boolean;
  value(input: LossInput, options: O): Tensor;
}): LossEntry {
  return {
    summary: definition.summary,
    paper: definition.paper,
    ...(definition.softened === true ? { softened: true } : {}),
    options: definition.options,
    create: (given) => {
      const options = parseOptions(`loss ${definition.name}`, definition.options, given);
      return {
        needsTeacher: definition.needsTeacher,
        usesLogits: true,
        taps: [],
        init: () => ({}),
        value: (input) => definition.value(input, options),
      };
    },
  };
}

/** The teacher's outputs. @throws NasDistillError INTERNAL if the trainer gave none to a loss that needs them. */
export function teacherOf(input: LossInput): NetworkOutputs {
  if (!input.teacher) throw new NasDistillError('INTERNAL', 'a distillation loss was computed without a teacher');
  return input.teacher;
}

/** A number from the options, or a scalar that follows a schedule. */
export type Temperature = number | Tensor;

/** The temperature of this step. */
export function temperatureOf(input: LossInput, options: { readonly temperature: number }): Temperature {
  return input.temperature ?? options.temperature;
}

/** Mean over the batch of one value for each image [B], each with its weight if there are any. */
export function batchMean(values: Tensor, samples: Tensor | undefined): Tensor {
  return mean(samples === undefined ? values : mul(values, samples));
}

/** T^2, by which softened losses keep the size of their gradient. */
export function squared(temperature: Temperature): Temperature {
  return typeof temperature === 'number' ? temperature ** 2 : mul(temperature, temperature);
}
