import { canonicalJson, sha256 } from '../core/digest.js';
import type { Dataset } from './Dataset.js';
import { dataError } from './dataError.js';
import { samplesOf } from './samples.js';

/** Largest data set that one shared copy can hold, in bytes of pixels (the length limit of a typed array in Node 20). */
export const maxImageBytes = 2 ** 32 - 1;

/** Shared memory for `count` images of `shape`, all zero. @throws NasDistillError DATA when it would not fit. */
export function allocateImages(where: string, count: number, shape: Dataset['shape']): Uint8Array {
  const bytes = count * sizeOf(shape);
  if (count < 1 || shape.some((n) => n < 1)) throw dataError(`${where} holds no images`);
  if (bytes > maxImageBytes) {
    throw dataError(
      `${where} needs ${bytes} bytes for ${count} images of ${shape.join('x')}; at most ${maxImageBytes} are possible`,
      'Use fewer or smaller images (--image-size resizes image folders).',
    );
  }
  try {
    return new Uint8Array(new SharedArrayBuffer(bytes));
  } catch (cause) {
    throw dataError(`not enough memory for ${count} images of ${shape.join('x')} (${bytes} bytes) of ${where}`, {
      hint: 'Use fewer or smaller images.',
      cause,
    });
  }
}

/** Shared memory for `count` labels. */
export function allocateLabels(count: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * count));
}

/**
 * SHA-256 in hex over everything that a study depends on: shape, classes, images, labels, the publisher's test and
 * validation indices.
 * The name is no part of it: the same images under another name are the same data.
 */
export function datasetDigest(parts: Omit<Dataset, 'name' | 'digest' | 'count'>): string {
  const bytes = (a: Int32Array) => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
  const validation = parts.officialValidation;
  const head = canonicalJson({
    shape: parts.shape,
    classes: parts.classes,
    tests: parts.officialTest.length,
    // Absent from the digests of data without it, which are pinned in the catalogue and in stored studies.
    ...(validation === undefined ? {} : { validations: validation.length }),
  });
  const set = validation === undefined ? [] : [bytes(validation)];
  const { text } = parts;
  const samples = text === undefined ? [parts.images] : [text.encoding, bytes(text.tokens)];
  return sha256(head, bytes(parts.labels), bytes(parts.officialTest), ...set, ...samples);
}

/** Values of one sample. */
export function sizeOf(shape: Dataset['shape']): number {
  return shape.reduce((size, n) => size * n, 1);
}

/** Puts a data set together, checks that its parts agree and that training on it can make sense, and computes its digest. */
export function makeDataset(parts: Omit<Dataset, 'digest' | 'count'>): Dataset {
  const { name, shape, classes, images, labels } = parts;
  const what = samplesOf(parts);
  const count = labels.length;
  if (parts.text === undefined && images.length !== count * sizeOf(shape)) {
    throw dataError(`${name}: ${images.length} pixel values do not make ${count} images of ${shape.join('x')}`);
  }
  if (classes.length < 2) {
    throw dataError(
      `${name} has ${classes.length === 1 ? `one class only ("${classes[0]}")` : 'no classes'}; a classifier needs two or more`,
      'Give a data set with at least two classes.',
    );
  }
  const perClass = new Uint32Array(classes.length);
  for (let i = 0; i < count; i++) {
    if (labels[i] < 0 || labels[i] >= classes.length) {
      throw dataError(
        `${name}: label ${labels[i]} of ${what.slice(0, -1)} ${i} is outside of the ${classes.length} classes`,
      );
    }
    perClass[labels[i]]++;
  }
  const used = perClass.reduce((n, samples) => n + (samples > 0 ? 1 : 0), 0);
  if (used < 2) throw dataError(`${name}: all ${count} ${what} are of one class; a classifier needs two or more`);
  return { ...parts, count, digest: datasetDigest(parts) };
}

/** The ascending indices from `start` to `end` (excluded), over shared memory. */
export function sharedRange(start: number, end: number): Int32Array {
  const out = new Int32Array(new SharedArrayBuffer(4 * (end - start)));
  for (let i = 0; i < out.length; i++) out[i] = start + i;
  return out;
}
