import { NasDistillError } from '../core/errors.js';
import type { Dataset } from './Dataset.js';
import { sizeOf } from './makeDataset.js';

/**
 * The same data set with only some of its samples in memory, under their old indices: a study uses a part of them, and its
 * workers hold what it uses a second time. Labels and digest stay whole.
 */
export function keepSamples(dataset: Dataset, ...kept: readonly Int32Array[]): Dataset {
  const places = new Int32Array(new SharedArrayBuffer(4 * dataset.count)).fill(-1);
  let count = 0;
  for (const indices of kept) for (const index of indices) if (places[index] < 0) places[index] = count++;
  if (count === dataset.count) return dataset;
  const size = sizeOf(dataset.shape);
  const { text } = dataset;
  const taken = <T extends Uint8Array | Int32Array>(from: T, to: T): T => {
    places.forEach((place, index) => {
      if (place >= 0)
        to.set(from.subarray(placeOf(dataset, index) * size, (placeOf(dataset, index) + 1) * size), place * size);
    });
    return to;
  };
  if (text !== undefined) {
    const tokens = taken(text.tokens, new Int32Array(new SharedArrayBuffer(4 * count * size)));
    return { ...dataset, places, text: { ...text, tokens } };
  }
  return { ...dataset, places, images: taken(dataset.images, new Uint8Array(new SharedArrayBuffer(count * size))) };
}

/** Where a sample lies in `images` or in the tokens, counted in samples. @throws NasDistillError INTERNAL for one that is not kept */
export function placeOf({ name, places }: Pick<Dataset, 'name' | 'places'>, index: number): number {
  if (places === undefined) return index;
  const place = places[index];
  if (place >= 0) return place;
  throw new NasDistillError(
    'INTERNAL',
    `sample ${index} of ${name} is read, and only those of the study's splits are kept`,
  );
}
