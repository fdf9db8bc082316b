import type { Io } from './Io.js';
import { resultPaths } from './paths.js';
import { openDataset } from '../data/openDataset.js';
import type { DataOptions } from '../data/DataOptions.js';
import type { Dataset } from '../data/Dataset.js';

export { briefSplits, fullSplits } from '../data/splits.js';

/** Opens a data set by catalogue name or path, fetching a catalogued one that is not here yet. */
export async function prepareDataset(io: Io, name: string, options: DataOptions = {}): Promise<Dataset> {
  const { imageSize, color, labelColumn, pathColumn, coarse, textColumn, tokens, vocabulary, tokenizer } = options;
  return openDataset(name, {
    dataDir: resultPaths(io.resultsDir).data,
    progress: io.progress,
    imageSize,
    color,
    labelColumn,
    pathColumn,
    coarse,
    textColumn,
    tokens,
    vocabulary,
    tokenizer,
  });
}
