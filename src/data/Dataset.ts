import type { Mixing } from './mixing.js';
import type { TextSamples } from './text/TextSamples.js';

/** Labelled images, or texts, in one shared copy: all worker threads read the same memory. */
export interface Dataset {
  readonly name: string;
  /** SHA-256 over shape, classes, images (or texts) and labels: what caches are keyed by. */
  readonly digest: string;
  /** [height, width, channels] of every image; [tokens] of every text. */
  readonly shape: readonly number[];
  readonly classes: readonly string[];
  readonly count: number;
  /** count * height * width * channels values of 0..255, NHWC, over a SharedArrayBuffer (see `places`); of texts nothing. */
  readonly images: Uint8Array;
  /** Present if the samples are texts. */
  readonly text?: TextSamples;
  /**
   * Where each sample lies in `images` or in the texts' tokens, counted in samples; -1 for one that is not kept. Absent where
   * all lie in their order.
   */
  readonly places?: Int32Array;
  /** Class of each sample, over a SharedArrayBuffer. */
  readonly labels: Int32Array;
  /** Images that the publisher set aside for testing; empty if there are none, then a split makes its own. */
  readonly officialTest: Int32Array;
  /** Images that the publisher set aside for validation; absent if there are none, then a split makes its own. */
  readonly officialValidation?: Int32Array;
}

/** Indices into a data set, disjoint, ascending, stratified by class. Search sees train and validation, never test. */
export interface Splits {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/** Per-channel statistics of pixel values scaled to 0..1: x -> (x / 255 - mean) / std. Of texts empty. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** How a training sample is varied. A view is (seed, sample, view number) -> one fixed variation. */
export interface AugmentationPolicy {
  /** Images: largest shift in pixels along each axis; what comes in from outside is the edge's colour. */
  readonly shift: number;
  readonly flip: boolean;
  /** Texts: share of the words that a view shows as unknown ones; absent: none. */
  readonly wordDropout?: number;
  /** How many different views of each image exist; epoch e uses view e mod views. */
  readonly views: number;
  readonly seed: number;
  /** Mixes each view of an image with another image of the training split (mixing.ts); absent: images alone. */
  readonly mixing?: Mixing;
  /**
   * Instead of `mixing`, where trainings of one study may mix differently: each has an equal share of the views, in this order;
   * null: images alone. A training shows the views of its own (mixing.ts, shownViews).
   */
  readonly mixings?: readonly (Mixing | null)[];
}
