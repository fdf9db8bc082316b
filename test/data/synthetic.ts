import type { Dataset } from '../../src/data/Dataset.js';
import { allocateImages, allocateLabels, makeDataset, sharedRange } from '../../src/data/makeDataset.js';

/** A data set with so many images in each class, classes mixed, pixels without a pattern. */
export function synthetic(
  perClass: readonly number[],
  { shape = [2, 2, 1], tests = 0 }: { shape?: Dataset['shape']; tests?: number } = {},
): Dataset {
  const order = perClass.flatMap((n, c) => Array.from({ length: n }, (_, k) => ({ c, at: (k + 0.5) / n })));
  order.sort((a, b) => a.at - b.at || a.c - b.c);
  const labels = allocateLabels(order.length);
  order.forEach(({ c }, i) => (labels[i] = c));
  const images = allocateImages('synthetic', order.length, shape);
  for (let i = 0; i < images.length; i++) images[i] = (Math.imul(i + 1, 2654435761) >>> 13) & 255;
  return makeDataset({
    name: 'synthetic',
    shape,
    classes: perClass.map((_, c) => `class ${c}`),
    images,
    labels,
    officialTest: sharedRange(order.length - tests, order.length),
  });
}
