import { NasDistillError } from '../core/errors.js';
import { gridOf } from '../distillation/adapter.js';

/** A teacher's features on some samples, standardised by channel over them: mean 0, variance 1. */
export interface TeacherMap {
  readonly tap: string;
  readonly shape: readonly number[];
  /** [rows, ...shape] */
  readonly data: Float32Array;
}

/**
 * The tap that each stage is taught by: the teacher's features in order, spread evenly over the stages, the last by the last.
 * @throws NasDistillError TEACHER where a teacher shows fewer features than there are stages
 */
export function tapsFor(
  stages: readonly string[],
  taps: Readonly<Record<string, readonly number[]>>,
  teacher: string,
): string[] {
  const readable = Object.entries(taps)
    .filter(([name, shape]) => !name.startsWith('attention') && gridOf(shape) !== undefined)
    .map(([name]) => name);
  if (readable.length < stages.length) {
    throw new NasDistillError(
      'TEACHER',
      `teacher ${teacher} has ${readable.length} taps of features, the space ${stages.length} stages`,
      { hint: 'Each stage is taught by a tap of its own: use a deeper teacher, such as --size small.' },
    );
  }
  return stages.map((_, i) => readable[Math.round(((i + 1) * readable.length) / stages.length) - 1]);
}

/** Standardises features in place, channel by channel; a channel that never varies becomes 0. */
export function standardise(data: Float32Array, channels: number): void {
  const count = data.length / channels;
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    let squares = 0;
    for (let i = c; i < data.length; i += channels) sum += data[i];
    const mean = sum / count;
    for (let i = c; i < data.length; i += channels) squares += (data[i] - mean) ** 2;
    const deviation = Math.sqrt(squares / count);
    for (let i = c; i < data.length; i += channels) data[i] = deviation > 1e-6 ? (data[i] - mean) / deviation : 0;
  }
}
