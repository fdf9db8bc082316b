import type { StoredFloats } from '../core/StoredFloats.js';

/** One named intermediate output of the teacher. */
export interface TapOutputs {
  /** Shape for one sample: [height, width, channels], [tokens, channels] or [channels]. */
  readonly shape: readonly number[];
  /** views * rows * size values, over a SharedArrayBuffer. */
  readonly data: Float32Array;
}

/** The same, with values that may have been left in the files of the cache. */
export interface HandedOutputs extends Omit<TeacherOutputs, 'logits' | 'taps'> {
  readonly logits: Float32Array | StoredFloats;
  readonly taps: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data: Float32Array | StoredFloats }>
  >;
}

/**
 * The teacher's outputs on the training split, computed once for the study. Row r of view v belongs to the image
 * `splits.train[r]` under view v; it starts at (v * rows + r) * size.
 */
export interface TeacherOutputs {
  /** Digest of the cache: teacher, data set, rows, augmentation. */
  readonly digest: string;
  readonly classes: number;
  readonly views: number;
  readonly rows: number;
  /** views * rows * classes logits, over a SharedArrayBuffer. */
  readonly logits: Float32Array;
  readonly taps: Readonly<Record<string, TapOutputs>>;
}
