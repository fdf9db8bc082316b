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

/** Which files hold which images. */
interface Parts {
  readonly train: Pair;
  readonly validation?: Pair | undefined;
  readonly test?: Pair | undefined;
}

/** IDX (MNIST's format): a folder with train and optional test files, or one images file beside its labels file. */
export const idx: ReaderEntry = {
  title: 'IDX',
  help: 'a folder with train-images-idx3-ubyte, train-labels-idx1-ubyte and optionally val-… and t10k-… or test-… (plain or .gz)',
  options: [],
  detect: (path) =>
    statSync(path).isDirectory() ? listFolder(path).files.some(isImagesFile) : isImagesFile(basename(path)),
  read: readIdx,
};

async function readIdx(path: string, options: ReadOptions): Promise<Dataset> {
  const folder = statSync(path).isDirectory();
  const parts: Parts = folder ? findParts(path) : { train: pairOf(path) };
  const pairs = [parts.train, parts.validation, parts.test].filter((pair) => pair !== undefined);
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
  const tests = parts.test === undefined ? 0 : heads[heads.length - 1].count;
  return makeDataset({
    name: nameOf(path, options),
    shape,
    classes,
    images,
    labels,
    officialTest: sharedRange(count - tests, count),
    ...(parts.validation === undefined ? {} : { officialValidation: sharedRange(heads[0].count, count - tests) }),
  });
}

/**
 * The files of a folder by their names. As for image folders, one set that was put aside is the test set.
 * @throws NasDistillError DATA where it is not clear which file is which: none may be left out in silence
 */
function findParts(folder: string): Parts {
  const all = listFolder(folder).files.filter(isImagesFile);
  // Unpacked beside its archive it is one file.
  const names = all.filter((name) => !(name.endsWith('.gz') && all.includes(name.slice(0, -3))));
  if (names.length === 0) throw dataError(`${folder} holds no IDX files`, idx.help);
  const find = (pattern: RegExp) => {
    const found = names.filter((name) => pattern.test(name));
    if (found.length > 1) throw ambiguous(folder, found);
    return found.map((name) => pairOf(join(folder, name)))[0];
  };
  const test = find(/^(.*[-_.])?(t10k|test)[-_.]/i);
  const validation = find(/^(.*[-_.])?val(id|idation)?[-_.]/i);
  const train =
    find(/^(.*[-_.])?train(ing)?[-_.]/i) ?? (names.length === 1 ? pairOf(join(folder, names[0])) : undefined);
  const kept = new Set([test, validation, train].flatMap((pair) => (pair === undefined ? [] : [pair.images])));
  if (train === undefined || kept.size < names.length) throw ambiguous(folder, names);
  // A lonely file is the training set, whatever its name.
  if (names.length === 1) return { train };
  return test === undefined ? { train, test: validation } : { train, validation, test };
}

function ambiguous(folder: string, names: readonly string[]) {
  return dataError(
    `${folder}: which files are the training and which the test images is not clear: ${names.join(', ')}`,
    'Keep one data set in a folder, its files named train-..., val-... and test-... (or t10k-...).',
  );
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
