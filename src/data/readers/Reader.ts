import type { Progress } from '../../core/progress.js';
import type { Dataset } from '../Dataset.js';

/** How images become pixels. Every reader ignores what does not concern its format. */
export interface ReadOptions {
  /** Name of the data set; default: the last part of the path. */
  readonly name?: string;
  /** Resize images to [height, width] (image folders, CSV with paths); CSV with pixels: the images' size. */
  readonly size?: readonly [number, number];
  /** Convert images; default: grayscale if every image is, else rgb. */
  readonly color?: 'grayscale' | 'rgb';
  /** CSV: the column (its header or number from 0) of the label. */
  readonly labelColumn?: string;
  /** CSV: the column with the path of the image, relative to the CSV file. */
  readonly pathColumn?: string;
  /** CIFAR-100: the 20 coarse classes instead of the 100 fine ones. */
  readonly coarse?: boolean;
  readonly progress?: Progress;
}

/** One data format. */
export interface ReaderEntry {
  readonly title: string;
  /** One line: how files of this format lie on disk. */
  readonly help: string;
  /** True if what lies at `path` (which exists) looks like this format. Looks at names, never at the whole content. */
  detect(path: string): boolean;
  /** Reads it all. @throws NasDistillError DATA naming the file. */
  read(path: string, options: ReadOptions): Promise<Dataset>;
}
