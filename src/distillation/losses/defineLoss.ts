import type { ZodType } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import type { Tensor } from '../../engines/tf.js';
import { parseOptions } from '../parseOptions.js';
import type { LossEntry, LossInput, NetworkOutputs } from './LossEntry.js';

/** A registry entry for a loss of the logits alone. */
export function outputLoss<O>(definition: {
  name: string;
  summary: string;
  paper: string;
  options: ZodType<O>;
  needsTeacher: boolean;
  value(input: LossInput, options: O): Tensor;
}): LossEntry {
  return {
    summary: definition.summary,
    paper: definition.paper,
    options: definition.options,
    create: (given) => {
      const options = parseOptions(`loss ${definition.name}`, definition.options, given);
      return {
        needsTeacher: definition.needsTeacher,
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
