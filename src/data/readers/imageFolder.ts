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

/** Images in one sub-folder a class, optionally below train/, val/ and test/. */
export const imageFolder: ReaderEntry = {
  title: 'image folder',
  help: 'a folder with one sub-folder of PNG or JPEG images a class, optionally below train/, val/ and test/',
  options: ['color'],
  detect: (path) => statSync(path).isDirectory() && looksLikeClasses(path),
  read: readImageFolder,
};

/** Images decoded at once: enough to keep the decoder's threads busy. */
const together = 16;

async function readImageFolder(path: string, options: ReadOptions): Promise<Dataset> {
  const { train, validation, test } = partsOf(path);
  for (const part of [train, validation, test]) if (part !== undefined) warnOfLeftOut(part, options);
  const trainImages = labelledImages(train);
  const validationImages = heldOut(validation);
  const testImages = heldOut(test);
  const classes = [...new Set(trainImages.map(({ label }) => label))].sort(byCodeUnit);
  if (trainImages.length === 0) throw dataError(`${train} holds no PNG or JPEG images`, imageFolder.help);
  if (classes.length < 2) {
    throw dataError(
      `${train} has images of one class only ("${classes[0]}"); a classifier needs two or more`,
      'Put the images of each class into a sub-folder of its own.',
    );
  }
  const unknown = [...validationImages, ...testImages].find(({ label }) => !classes.includes(label));
  if (unknown) {
    throw dataError(
      `${unknown.file}: class "${unknown.label}" has no images in ${train}`,
      'The folders of the validation and test images must have the names of the training folders.',
    );
  }
  const all = [...trainImages, ...validationImages, ...testImages];
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
  const tests = all.length - testImages.length;
  return makeDataset({
    name: nameOf(path, options),
    shape,
    classes,
    images,
    labels,
    officialTest: sharedRange(tests, all.length),
    ...(validation === undefined ? {} : { officialValidation: sharedRange(trainImages.length, tests) }),
  });
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

/**
 * The folder of training images and, where the images are below train/, those of validation and test. One set that was
 * put aside is the test set, whatever its name: what a search must never see; it then holds out its own validation images.
 */
function partsOf(path: string): { train: string; validation?: string; test?: string } {
  const { folders } = listFolder(path);
  const find = (pattern: RegExp) => folders.find((name) => pattern.test(name));
  const train = find(/^train(ing)?$/i);
  // A class may be called "test" too: only beside train/ does the name mean a part.
  if (train === undefined || listFolder(join(path, train)).folders.length === 0) return { train: path };
  const test = find(/^test(ing)?$/i);
  const validation = find(/^val(id|idation)?$/i);
  return {
    train: join(path, train),
    ...(validation === undefined ? {} : { [test === undefined ? 'test' : 'validation']: join(path, validation) }),
    ...(test === undefined ? {} : { test: join(path, test) }),
  };
}

/** The images of a part; one that is there and empty was meant to hold some. */
function heldOut(folder: string | undefined): Labelled[] {
  if (folder === undefined) return [];
  const images = labelledImages(folder);
  if (images.length === 0) {
    throw dataError(
      `${folder} holds no PNG or JPEG images in sub-folders`,
      'Give it one sub-folder of images a class, or move it away.',
    );
  }
  return images;
}

function labelledImages(folder: string): Labelled[] {
  return listFolder(folder).folders.flatMap((label) => {
    const files = listFolder(join(folder, label)).files.filter(isImageName);
    return files.map((name) => ({ file: join(folder, label, name), label }));
  });
}

const otherImage = /\.(webp|gif|bmp|tiff?|avif|heic|heif|jp2|svg)$/i;

/** Images of formats that are not read, and folders without any, would be missed in silence. */
function warnOfLeftOut(part: string, { progress }: ReadOptions): void {
  const others: string[] = [];
  const empty: string[] = [];
  for (const label of listFolder(part).folders) {
    const { files } = listFolder(join(part, label));
    const unread = files.filter((name) => otherImage.test(name)).map((name) => join(part, label, name));
    others.push(...unread);
    if (unread.length === 0 && !files.some(isImageName)) empty.push(join(part, label));
  }
  const count = (paths: readonly string[]) => `${paths[0]}${paths.length > 1 ? ` and ${paths.length - 1} more` : ''}`;
  if (others.length > 0) progress?.warn(`left out, as neither PNG nor JPEG: ${count(others)}`);
  if (empty.length > 0) progress?.warn(`no class, as without PNG or JPEG images: ${count(empty)}`);
}

function looksLikeClasses(path: string): boolean {
  const { train } = partsOf(path);
  return listFolder(train).folders.some((name) => listFolder(join(train, name)).files.some(isImageName));
}
