import { NasDistillError } from '../../core/errors.js';
import type { ModelContext } from '../ModelContext.js';
import type { ModelSpec } from '../ModelSpec.js';

export const teacherSizes = ['tiny', 'small', 'base'] as const;
export type TeacherSize = (typeof teacherSizes)[number];

export type TeacherContext = ModelContext;

/** A built-in architecture that can be trained as a teacher. Its taps: `block1`..., `tokens` if it has any, `embedding`. */
export interface ReferenceTeacher {
  readonly title: string;
  readonly paper: string;
  /** What it reads; default: images. */
  readonly input?: 'text';
  build(size: TeacherSize, context: TeacherContext): ModelSpec;
}

/** The shape of an image that a model is built for. @throws NasDistillError MODEL if it is none */
export function imageShape(input: readonly number[]): readonly [number, number, number] {
  const [height, width, channels, ...rest] = input;
  if (input.length < 3 || rest.length > 0) {
    throw new NasDistillError('MODEL', `this teacher reads images, the data has the shape [${input.join(', ')}]`);
  }
  return [height, width, channels];
}
