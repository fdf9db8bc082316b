import type { Mixing } from './mixing.js';

/** Labelled images in one shared copy: all worker threads read the same memory. */
export interface Dataset {
  readonly name: string;
  /** SHA-256 over shape, classes, images and labels: what caches are keyed by. */
  readonly digest: string;
  /** [height, width, channels] of every image. */
  readonly shape: readonly [number, number, number];
  readonly classes: readonly string[];
  readonly count: number;
  /** count * height * width * channels values of 0..255, NHWC, over a SharedArrayBuffer. */
  readonly images: Uint8Array;
  /** Class of each image, over a SharedArrayBuffer. */
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

/** Per-channel statistics of pixel values scaled to 0..1: x -> (x / 255 - mean) / std. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** How a training image is varied. A view is (seed, image, view number) -> one fixed variation. */
export interface AugmentationPolicy {
  /** Largest shift in pixels along each axis; what comes in from outside is the edge's colour. */
  readonly shift: number;
  readonly flip: boolean;
  /** How many different views of each image exist; epoch e uses view e mod views. */
  readonly views: number;
  readonly seed: number;
  /** Mixes each view of an image with another image of the training split (mixing.ts); absent: images alone. */
  readonly mixing?: Mixing;
}
