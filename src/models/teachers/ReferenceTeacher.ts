import type { ModelSpec } from '../ModelSpec.js';

export const teacherSizes = ['tiny', 'small', 'base'] as const;
export type TeacherSize = (typeof teacherSizes)[number];

export interface TeacherContext {
  /** [height, width, channels] */
  readonly input: readonly [number, number, number];
  readonly classes: number;
}

/** A built-in architecture that can be trained as a teacher. Its taps: `block1`..., `tokens` if it has any, `embedding`. */
export interface ReferenceTeacher {
  readonly title: string;
  readonly paper: string;
  build(size: TeacherSize, context: TeacherContext): ModelSpec;
}
