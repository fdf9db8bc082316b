import type { EngineName, HostTensors, StepFunction } from '../engines/Engine.js';
import type { TeacherRecord } from './TeacherRecord.js';

/** A teacher that is ready to answer: its forward pass as a step over its weights. */
export interface TeacherModel {
  readonly record: TeacherRecord;
  readonly digest: string;
  /** Tap name -> shape of one sample. */
  readonly taps: Readonly<Record<string, readonly number[]>>;
  /** Weights, as the step's state. */
  readonly state: HostTensors;
  /** Feeds `image` [B, H, W, C], normalised; outputs `logits` [B, classes] and `tap/NAME` for each of `taps` asked for. */
  forward(taps: readonly string[]): StepFunction;
  /** Imported models hold their weights inside and run on this engine only. */
  readonly engine?: EngineName;
  dispose(): void;
}

/** What a recipe is checked against: the shapes of the teacher's answers on data of so many classes. */
export function teacherShapes({ taps }: TeacherModel, classes: number) {
  return { classes, taps: Object.fromEntries(Object.entries(taps).map(([name, shape]) => [name, { shape }])) };
}
