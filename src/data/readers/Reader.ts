import type { Progress } from '../../core/progress.js';
import type { DataOptions, FormatOption } from '../DataOptions.js';
import type { Dataset } from '../Dataset.js';

/** How images become pixels, and texts tokens. What does not concern a format is refused before its reader is called. */
export interface ReadOptions extends Pick<DataOptions, FormatOption> {
  /** Name of the data set; default: the last part of the path. */
  readonly name?: string;
  /** Resize images to [height, width] (image folders, CSV with paths); CSV with pixels: the images' size. */
  readonly size?: readonly [number, number];
  readonly progress?: Progress;
}

/** One data format. */
export interface ReaderEntry {
  readonly title: string;
  /** One line: how files of this format lie on disk. */
  readonly help: string;
  /** The options that mean something for this format. */
  readonly options: readonly FormatOption[];
  /** True if what lies at `path` (which exists) looks like this format. Looks at names, never at the whole content. */
  detect(path: string): boolean;
  /** Reads it all. @throws NasDistillError DATA naming the file. */
  read(path: string, options: ReadOptions): Promise<Dataset>;
}
