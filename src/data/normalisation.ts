import type { Dataset, Normalisation } from './Dataset.js';
import { placeOf } from './keptSamples.js';

/** Smallest standard deviation, so that a constant channel does not divide by zero. */
const minimumStd = 1e-3;

/** Mean and standard deviation for each channel of pixels in 0..1, over the given images; of texts none. */
export function computeNormalisation(dataset: Dataset, indices: Int32Array): Normalisation {
  if (dataset.text !== undefined) return { mean: [], std: [] };
  const [height, width, channels] = dataset.shape;
  const size = height * width * channels;
  // Pixels are bytes: counting them is exact and faster than summing squares.
  const histogram = Array.from({ length: channels }, () => new Float64Array(256));
  for (const index of indices) {
    const start = placeOf(dataset, index) * size;
    for (let i = 0; i < size; i++) histogram[i % channels][dataset.images[start + i]]++;
  }
  const count = indices.length * height * width;
  const mean = histogram.map((h) => h.reduce((sum, n, value) => sum + n * value, 0) / count / 255);
  const std = histogram.map((h, c) => {
    const variance = h.reduce((sum, n, value) => sum + n * (value / 255 - mean[c]) ** 2, 0) / count;
    return Math.max(minimumStd, Math.sqrt(variance));
  });
  return { mean, std };
}
