import { z, type ZodType } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import type { Tensor, Tensor4D } from '../../engines/tf.js';
import { adapterGates, adapterKinds, createAdapter, gridsOf, toGrid, type AdapterOptions } from '../adapter.js';
import { parseOptions } from '../parseOptions.js';
import type { LossEntry, Shapes } from './LossEntry.js';
import { teacherOf } from './defineLoss.js';

/** Where a feature loss looks. */
export const tapOptions = {
  student: z.string().default('embedding').describe("the student's tap"),
  teacher: z.string().default('embedding').describe("the teacher's tap"),
};

/** Where a feature loss looks through an adapter, and through which. */
export const adaptedOptions = {
  ...tapOptions,
  adapter: z.enum(adapterKinds).default('linear').describe("how the student's features are mapped onto the teacher's"),
  gate: z.enum(adapterGates).default('none').describe("learns to weigh the teacher's channels or positions"),
};

/** A registry entry for a loss between one tap of each network. */
export function featureLoss<O extends { student: string; teacher: string } & Partial<AdapterOptions>>(definition: {
  name: string;
  summary: string;
  paper: string;
  options: ZodType<O>;
  /** adapted: the student's tap is mapped onto the teacher's shape first; grids: both as they are. */
  shape: 'adapted' | 'grids';
  value(student: Tensor4D, teacher: Tensor4D, options: O): Tensor;
}): LossEntry {
  return {
    summary: definition.summary,
    paper: definition.paper,
    options: definition.options,
    create: (given) => {
      const options = parseOptions(`loss ${definition.name}`, definition.options, given);
      const names = { student: options.student, teacher: options.teacher };
      const { adapter = 'linear', gate = 'none' } = options;
      return {
        needsTeacher: true,
        usesLogits: false,
        taps: [{ student: names.student, teacher: names.teacher }],
        init: (student, teacher, rng) => {
          const from = shapeOf(student, names.student, 'student');
          const to = shapeOf(teacher, names.teacher, 'teacher');
          if (definition.shape === 'adapted') return createAdapter(names, from, to, { adapter, gate }).init(rng);
          gridsOf(names, from, to);
          return {};
        },
        value: (input) => {
          const s = input.student.taps[names.student];
          const t = teacherOf(input).taps[names.teacher];
          const [studentShape, teacherShape] = [s.shape.slice(1), t.shape.slice(1)];
          if (definition.shape === 'grids') {
            const { from, to } = gridsOf(names, studentShape, teacherShape);
            return definition.value(toGrid(s, from), toGrid(t, to), options);
          }
          const mapped = createAdapter(names, studentShape, teacherShape, { adapter, gate }).apply(s, t, input.params);
          return definition.value(mapped.student, mapped.teacher, options);
        },
      };
    },
  };
}

/** The shape of a tap. @throws NasDistillError CONFIG naming the tap, and those that there are */
export function shapeOf(shapes: Shapes, tap: string, whose: string): readonly number[] {
  if (!Object.hasOwn(shapes, tap)) {
    throw new NasDistillError('CONFIG', `the ${whose} has no tap "${tap}"`, {
      hint: `It has: ${Object.keys(shapes).join(', ')}.`,
    });
  }
  return shapes[tap];
}
