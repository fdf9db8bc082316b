import type { StoredFloats } from '../core/StoredFloats.js';

/** One named intermediate output of the teacher. */
export interface TapOutputs<Values = Float32Array> {
  /** Shape for one sample: [height, width, channels], [tokens, channels] or [channels]. */
  readonly shape: readonly number[];
  /** views * rows * size values, over a SharedArrayBuffer. */
  readonly data: Values;
}

/**
 * The teacher's outputs on the training split, computed once for the study. Row r of view v belongs to the image
 * `splits.train[r]` under view v; it starts at (v * rows + r) * size.
 */
export interface TeacherOutputs<Values = Float32Array> {
  /** Digest of the cache: teacher, data set, rows, augmentation. */
  readonly digest: string;
  readonly classes: number;
  readonly views: number;
  readonly rows: number;
  /** views * rows * classes logits, over a SharedArrayBuffer. */
  readonly logits: Values;
  readonly taps: Readonly<Record<string, TapOutputs<Values>>>;
}

/** The same in the files of the cache, for a process that only hands them on. */
export type StoredOutputs = TeacherOutputs<StoredFloats>;

/** Reads them into shared memory, verified. @throws NasDistillError CACHE for a file that is not what it was */
export function readOutputs(stored: StoredOutputs): TeacherOutputs {
  const taps = Object.entries(stored.taps).map(([tap, { shape, data }]) => [tap, { shape, data: data.read() }]);
  return { ...stored, logits: stored.logits.read(), taps: Object.fromEntries(taps) };
}
