import { existsSync } from 'node:fs';
import type { Progress } from '../core/progress.js';
import { NasDistillError } from '../core/errors.js';
import { catalogue, isCatalogued } from './catalogue/index.js';
import { fetchCatalogued } from './catalogue/fetchCatalogued.js';
import { dataFlag, formatOptions, type DataOptions, type FormatOption } from './DataOptions.js';
import type { Dataset } from './Dataset.js';
import { readers } from './readers/registry.js';

export interface OpenDatasetOptions extends DataOptions {
  /** Where catalogued sets are kept. */
  readonly dataDir: string;
  readonly progress?: Progress;
}

/**
 * Opens a data set by catalogue name (fetched first if it is not here) or by path, whose format is detected.
 * @throws NasDistillError NOT_FOUND, DATA, or USAGE for an option that means nothing for the format
 */
export async function openDataset(nameOrPath: string, options: OpenDatasetOptions): Promise<Dataset> {
  const { dataDir, progress, imageSize } = options;
  if (isCatalogued(nameOrPath)) {
    const { kind } = catalogue[nameOrPath];
    refuseOptions(nameOrPath, kind === 'text' ? 'CSV' : 'IDX', kind === 'text' ? textOptions : [], options);
    const { tokens, vocabulary, tokenizer } = options;
    const text = { ...defined({ tokens, vocabulary, tokenizer }), ...(progress ? { progress } : {}) };
    return ofSize(await fetchCatalogued(nameOrPath, dataDir, text), imageSize);
  }
  if (!existsSync(nameOrPath)) {
    throw new NasDistillError('NOT_FOUND', `no data set "${nameOrPath}": neither a catalogued name nor a path`, {
      hint: `Catalogued: ${Object.keys(catalogue).join(', ')}.`,
    });
  }
  const reader = Object.values(readers).find((entry) => entry.detect(nameOrPath));
  if (reader === undefined) {
    throw new NasDistillError('DATA', `${nameOrPath}: no known data format`, {
      hint: `Known: ${Object.values(readers)
        .map((entry) => entry.title)
        .join(', ')}; how they lie on disk: docs/data.md.`,
    });
  }
  refuseOptions(nameOrPath, reader.title, reader.options, options);
  const given = formatOptions.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]] as const]));
  const dataset = await reader.read(nameOrPath, {
    ...Object.fromEntries(given),
    ...(imageSize === undefined ? {} : { size: [imageSize, imageSize] as const }),
    ...(progress ? { progress } : {}),
  });
  return ofSize(dataset, imageSize);
}

const textOptions = ['tokens', 'vocabulary', 'tokenizer'] as const satisfies readonly FormatOption[];

/** Options without those that were not given. */
function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** An option that a format does not know would be ignored in silence: it is refused. */
function refuseOptions(where: string, title: string, known: readonly FormatOption[], options: DataOptions): void {
  const unknown = formatOptions.find((key) => (options[key] ?? false) !== false && !known.includes(key));
  if (unknown === undefined) return;
  const formats = Object.values(readers).filter((entry) => (entry.options as readonly string[]).includes(unknown));
  throw new NasDistillError('USAGE', `data set ${where}: ${dataFlag[unknown]} means nothing for the format ${title}`, {
    hint: `Leave it out (in a study file: ${unknown}); it is for: ${formats.map((entry) => entry.title).join(', ')}.`,
  });
}

/** Formats that hold pixels cannot be resized: a size that was asked for must be theirs. */
function ofSize(dataset: Dataset, imageSize: number | undefined): Dataset {
  if (imageSize !== undefined && dataset.text !== undefined) {
    throw new NasDistillError('USAGE', `data set ${dataset.name} holds texts: --image-size means nothing for it`, {
      hint: 'Leave it out; how many tokens of a text are read: --tokens.',
    });
  }
  const [height, width] = dataset.shape;
  if (imageSize !== undefined && (height !== imageSize || width !== imageSize)) {
    throw new NasDistillError(
      'USAGE',
      `data set ${dataset.name} has images of ${height}x${width}, which are not resized to ${imageSize}x${imageSize}`,
      {
        hint: 'Only image files (folders, CSV with paths) are resized: leave out --image-size.',
      },
    );
  }
  return dataset;
}
