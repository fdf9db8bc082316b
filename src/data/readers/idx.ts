import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Dataset } from '../Dataset.js';
import { dataError, unreadable } from '../dataError.js';
import { allocateImages, allocateLabels, makeDataset, sharedRange } from '../makeDataset.js';
import { listFolder, nameOf } from './folders.js';
import { readIdxData, readIdxHeader } from './idxFile.js';
import type { IdxHeader } from './idxFile.js';
import type { ReadOptions, ReaderEntry } from './Reader.js';

interface Pair {
  readonly images: string;
  readonly labels: string;
}

/** IDX (MNIST's format): a folder with train and optional test files, or one images file beside its labels file. */
export const idx: ReaderEntry = {
  title: 'IDX',
  help: 'a folder with train-images-idx3-ubyte, train-labels-idx1-ubyte and optionally t10k-… or test-… (plain or .gz)',
  detect: (path) => (statSync(path).isDirectory() ? findPairs(path).length > 0 : isImagesFile(basename(path))),
  read: readIdx,
};

async function readIdx(path: string, options: ReadOptions): Promise<Dataset> {
  const folder = statSync(path).isDirectory();
  const pairs = folder ? findPairs(path) : [pairOf(path)];
  if (pairs.length === 0) throw dataError(`${path} holds no IDX files`, idx.help);
  // All heads are read and compared before memory is taken.
  const heads = pairs.map((pair) => checkPair(readIdxHeader(pair.images), readIdxHeader(pair.labels)));
  const shape = heads[0].shape;
  for (const head of heads) {
    if (head.shape.join() !== shape.join()) {
      throw dataError(
        `${head.images.file} has images of ${head.shape.join('x')}, ${heads[0].images.file} of ${shape.join('x')}`,
      );
    }
  }
  const count = heads.reduce((n, head) => n + head.count, 0);
  const images = allocateImages(path, count, shape);
  const bytes = new Uint8Array(count);
  let at = 0;
  const size = shape[0] * shape[1] * shape[2];
  for (const head of heads) {
    await readIdxData(head.images, images.subarray(at * size, (at + head.count) * size));
    await readIdxData(head.labels, bytes.subarray(at, at + head.count));
    at += head.count;
  }
  const labels = allocateLabels(count);
  labels.set(bytes);
  const classes = readClasses(folder ? path : dirname(path)) ?? numbered(labels);
  const bad = labels.findIndex((label) => label >= classes.length);
  if (bad >= 0) {
    throw dataError(
      `${path}: label ${labels[bad]} of image ${bad} has no line in classes.txt (${classes.length} classes)`,
    );
  }
  const officialTest = sharedRange(heads[0].count, count);
  return makeDataset({ name: nameOf(path, options), shape, classes, images, labels, officialTest });
}

/** The files of a folder: first the training pair, then, if there, the publisher's test pair. */
function findPairs(folder: string): Pair[] {
  const names = listFolder(folder).files.filter(isImagesFile);
  const find = (pattern: RegExp) => names.find((name) => pattern.test(name));
  const train = find(/^train/i);
  const test = find(/^(t10k|test)/i);
  const first = train ?? names.find((name) => name !== test) ?? test;
  return [first, first === test ? undefined : test]
    .filter((name) => name !== undefined)
    .map((name) => pairOf(join(folder, name)));
}

function isImagesFile(name: string): boolean {
  return /images?[-_.]?idx[34]?[-_.]?ubyte(\.gz)?$/i.test(name);
}

function pairOf(images: string): Pair {
  const name = basename(images)
    .replace(/images/i, 'labels')
    .replace(/idx[34]/i, 'idx1')
    .replace(/\.gz$/i, '');
  const candidates = [name, `${name}.gz`].map((n) => join(dirname(images), n));
  const labels = candidates.find((file) => existsSync(file));
  if (labels === undefined) {
    throw dataError(`${images} has no labels file beside it: expected ${candidates[0]} or ${name}.gz`, idx.help);
  }
  return { images, labels };
}

function checkPair(images: IdxHeader, labels: IdxHeader) {
  if (images.dims.length < 3) {
    throw dataError(
      `${images.file} has ${images.dims.length} dimensions, expected 3 (count, height, width) or 4 (and channels)`,
    );
  }
  if (labels.dims.length !== 1) throw dataError(`${labels.file} has ${labels.dims.length} dimensions, expected 1`);
  const [count, height, width, channels = 1] = images.dims;
  if (channels !== 1 && channels !== 3) {
    throw dataError(`${images.file} has ${channels} channels, expected 1 or 3 as the last dimension`);
  }
  if (count !== labels.dims[0]) {
    throw dataError(
      `${images.file} has ${count} images, but ${labels.file} has ${labels.dims[0]} labels`,
      'The two files must belong together.',
    );
  }
  return { images, labels, count, shape: [height, width, channels] as const };
}

/** The lines of classes.txt, if there is one. */
function readClasses(folder: string): string[] | undefined {
  const file = join(folder, 'classes.txt');
  if (!existsSync(file)) return undefined;
  try {
    const lines = readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .map((line) => line.trim());
    return lines.filter((line) => line !== '');
  } catch (error) {
    throw unreadable(file, error);
  }
}

function numbered(labels: Int32Array): string[] {
  const most = labels.reduce((max, label) => Math.max(max, label), 0);
  return Array.from({ length: most + 1 }, (_, i) => String(i));
}
