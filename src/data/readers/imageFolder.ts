import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset } from '../Dataset.js';
import { dataError } from '../dataError.js';
import { allocateImages, allocateLabels, makeDataset, sharedRange } from '../makeDataset.js';
import { byCodeUnit, listFolder, nameOf } from './folders.js';
import { decodeImage, isImageName, shapeOfImages } from './images.js';
import type { ReadOptions, ReaderEntry } from './Reader.js';

interface Labelled {
  readonly file: string;
  readonly label: string;
}

/** Images in one sub-folder a class, optionally below train/ and test/ (or val/). */
export const imageFolder: ReaderEntry = {
  title: 'image folder',
  help: 'a folder with one sub-folder of PNG or JPEG images a class, optionally below train/ and test/ (or val/)',
  detect: (path) => statSync(path).isDirectory() && looksLikeClasses(path),
  read: readImageFolder,
};

/** Images decoded at once: enough to keep the decoder's threads busy. */
const together = 16;

async function readImageFolder(path: string, options: ReadOptions): Promise<Dataset> {
  const { train, test } = partsOf(path);
  const trainImages = labelledImages(train);
  const testImages = test === undefined ? [] : labelledImages(test);
  const classes = [...new Set(trainImages.map(({ label }) => label))].sort(byCodeUnit);
  if (trainImages.length === 0) throw dataError(`${train} holds no PNG or JPEG images`, imageFolder.help);
  if (classes.length < 2) {
    throw dataError(
      `${train} has images of one class only ("${classes[0]}"); a classifier needs two or more`,
      'Put the images of each class into a sub-folder of its own.',
    );
  }
  const unknown = testImages.find(({ label }) => !classes.includes(label));
  if (unknown) {
    throw dataError(
      `${unknown.file}: class "${unknown.label}" has no images in ${train}`,
      'The folders of the test images must have the names of the training folders.',
    );
  }
  const all = [...trainImages, ...testImages];
  const shape = await shapeOfImages(
    all.map(({ file }) => file),
    options,
  );
  const images = allocateImages(path, all.length, shape);
  const labels = allocateLabels(all.length);
  all.forEach(({ label }, i) => (labels[i] = classes.indexOf(label)));
  await decodeAll(
    all.map(({ file }) => file),
    shape,
    images,
    options,
  );
  const officialTest = sharedRange(trainImages.length, all.length);
  return makeDataset({ name: nameOf(path, options), shape, classes, images, labels, officialTest });
}

/** Decodes files one behind the other into `images`. */
export async function decodeAll(
  files: readonly string[],
  shape: Dataset['shape'],
  images: Uint8Array,
  options: ReadOptions,
): Promise<void> {
  const size = shape[0] * shape[1] * shape[2];
  const task = options.progress?.start('read images', files.length);
  for (let start = 0; start < files.length; start += together) {
    const chunk = files.slice(start, start + together);
    await Promise.all(
      chunk.map((file, k) => decodeImage(file, shape, images.subarray((start + k) * size, (start + k + 1) * size))),
    );
    task?.update(start + chunk.length);
  }
  task?.end();
}

/** The folder of training images and, where the images are below train/ and test/ (or val/), that of the test images. */
function partsOf(path: string): { train: string; test?: string } {
  const { folders } = listFolder(path);
  const find = (pattern: RegExp) => folders.find((name) => pattern.test(name));
  const train = find(/^train(ing)?$/i);
  // A class may be called "test" too: only beside train/ does the name mean a part.
  if (train === undefined || listFolder(join(path, train)).folders.length === 0) return { train: path };
  const test = find(/^test(ing)?$/i) ?? find(/^val(id|idation)?$/i);
  return { train: join(path, train), ...(test === undefined ? {} : { test: join(path, test) }) };
}

function labelledImages(folder: string): Labelled[] {
  return listFolder(folder).folders.flatMap((label) => {
    const files = listFolder(join(folder, label)).files.filter(isImageName);
    return files.map((name) => ({ file: join(folder, label, name), label }));
  });
}

function looksLikeClasses(path: string): boolean {
  const { train } = partsOf(path);
  return listFolder(train).folders.some((name) => listFolder(join(train, name)).files.some(isImageName));
}
