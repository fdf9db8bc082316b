import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { NasDistillError } from '../../core/errors.js';
import type { Dataset } from '../Dataset.js';
import { dataError, unreadable } from '../dataError.js';
import { allocateImages, allocateLabels, makeDataset, sharedRange } from '../makeDataset.js';
import { listFolder, nameOf } from './folders.js';
import type { ReadOptions, ReaderEntry } from './Reader.js';

// CIFAR's binary version (https://www.cs.toronto.edu/~kriz/cifar.html): records of a label byte (CIFAR-100: a coarse and a
// fine one) and 3072 bytes: 1024 red, 1024 green, 1024 blue, row by row.

const side = 32;
const plane = side * side;
const shape: Dataset['shape'] = [side, side, 3];

interface Files {
  readonly train: readonly string[];
  readonly test: readonly string[];
  readonly labelBytes: 1 | 2;
}

/** CIFAR-10 and CIFAR-100 in their binary version. */
export const cifar: ReaderEntry = {
  title: 'CIFAR binary',
  help: 'a folder with data_batch_1.bin … and test_batch.bin (CIFAR-10), or train.bin and test.bin (CIFAR-100)',
  options: ['coarse'],
  detect: (path) => statSync(path).isDirectory() && findFiles(path) !== undefined,
  read: (path, options) => Promise.resolve().then(() => readCifar(path, options)),
};

function readCifar(path: string, options: ReadOptions): Dataset {
  const files = findFiles(path);
  if (files === undefined) throw dataError(`${path} holds no CIFAR files`, cifar.help);
  const { labelBytes } = files;
  if (options.coarse === true && labelBytes === 1) {
    throw new NasDistillError('USAGE', `${path} is CIFAR-10, which has no coarse classes`, {
      hint: 'Leave out --coarse (in a study file: coarse); only CIFAR-100 has them.',
    });
  }
  const record = labelBytes + 3 * plane;
  const all = [...files.train, ...files.test];
  const counts = all.map((file) => countOf(file, record));
  const count = counts.reduce((a, b) => a + b, 0);
  const trainCount = counts.slice(0, files.train.length).reduce((a, b) => a + b, 0);
  const classes = classesOf(path, labelBytes, options.coarse ?? false);
  const images = allocateImages(path, count, shape);
  const labels = allocateLabels(count);
  const labelAt = labelBytes === 2 && options.coarse !== true ? 1 : 0;
  let n = 0;
  for (const [i, file] of all.entries()) {
    const bytes = readBytes(file);
    if (bytes.length !== counts[i] * record) throw dataError(`${file} changed while it was read`);
    for (let k = 0; k < counts[i]; k++, n++) {
      const label = bytes[k * record + labelAt];
      if (label >= classes.length) {
        throw dataError(`${file}: image ${k} has label ${label}, expected 0 to ${classes.length - 1}`, redo);
      }
      labels[n] = label;
      interleave(bytes, k * record + labelBytes, images, n * 3 * plane);
    }
  }
  const officialTest = sharedRange(trainCount, count);
  return makeDataset({ name: nameOf(path, options), shape, classes, images, labels, officialTest });
}

const redo = 'Download or unpack the binary version again.';

/** Three planes of colour to pixels of three values. */
function interleave(from: Uint8Array, start: number, to: Uint8Array, at: number): void {
  for (let p = 0; p < plane; p++) {
    for (let c = 0; c < 3; c++) to[at + 3 * p + c] = from[start + c * plane + p];
  }
}

function findFiles(path: string): Files | undefined {
  const names = listFolder(path).files;
  const find = (pattern: RegExp) => names.filter((name) => pattern.test(name)).map((name) => join(path, name));
  const batches = find(/^data_batch_\d+\.bin$/);
  if (batches.length > 0) return { train: batches, test: find(/^test_batch\.bin$/), labelBytes: 1 };
  const train = find(/^train\.bin$/);
  return train.length > 0 ? { train, test: find(/^test\.bin$/), labelBytes: 2 } : undefined;
}

function countOf(file: string, record: number): number {
  const { size } = statSync(file);
  if (size === 0 || size % record !== 0) {
    throw dataError(`${file} has ${size} bytes, expected a multiple of ${record} (one image): is it cut short?`, redo);
  }
  return size / record;
}

/** The names that the publisher's text file gives, else numbers. */
function classesOf(path: string, labelBytes: 1 | 2, coarse: boolean): string[] {
  const [file, count] =
    labelBytes === 1
      ? (['batches.meta.txt', 10] as const)
      : coarse
        ? (['coarse_label_names.txt', 20] as const)
        : (['fine_label_names.txt', 100] as const);
  if (!listFolder(path).files.includes(file)) return Array.from({ length: count }, (_, i) => String(i));
  const lines = readBytes(join(path, file)).toString('utf8').split(/\r?\n/);
  const names = lines.map((line) => line.trim()).filter((line) => line !== '');
  if (names.length !== count) {
    throw dataError(`${join(path, file)} has ${names.length} names, expected ${count}`, redo);
  }
  return names;
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}
