import type { Io } from './Io.js';
import { resultPaths } from './paths.js';
import { openDataset } from '../data/openDataset.js';
import { makeSplits } from '../data/splits.js';
import type { DataOptions } from '../data/DataOptions.js';
import type { Dataset, Splits } from '../data/Dataset.js';

/** The seed of all splits: validation and test must be the same images for every study and every teacher. */
const splitSeed = 2024;

/** Opens a data set by catalogue name or path, fetching a catalogued one that is not here yet. */
export async function prepareDataset(io: Io, name: string, options: DataOptions = {}): Promise<Dataset> {
  const { imageSize, color, labelColumn, pathColumn, coarse } = options;
  return openDataset(name, {
    dataDir: resultPaths(io.resultsDir).data,
    progress: io.progress,
    imageSize,
    color,
    labelColumn,
    pathColumn,
    coarse,
  });
}

/** All of the data: a tenth of the training images is held out for validation; test is the publisher's or a tenth. */
export function fullSplits(dataset: Dataset): Splits {
  return makeSplits(dataset, { seed: splitSeed, validationFraction: 0.1, testFraction: 0.1 });
}

/** The same split, with at most so many training and validation images: what brief distillation sees. */
export function briefSplits(dataset: Dataset, trainLimit: number, validationLimit: number): Splits {
  return makeSplits(dataset, {
    seed: splitSeed,
    validationFraction: 0.1,
    testFraction: 0.1,
    trainLimit,
    validationLimit,
  });
}
