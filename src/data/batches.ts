import { NasDistillError } from '../core/errors.js';
import { createRng } from '../core/rng.js';
import type { HostTensor } from '../engines/Engine.js';
import { viewOf, type View } from './augmentation.js';
import type { AugmentationPolicy, Dataset, Normalisation } from './Dataset.js';
import { placeOf } from './keptSamples.js';
import { sizeOf } from './makeDataset.js';
import { mixOf, mixes, type Mix } from './mixing.js';
import { fillTokens } from './text/fillTokens.js';

export interface BatchRequest {
  readonly dataset: Dataset;
  readonly indices: Int32Array;
  /** First of `indices` in the batch, and how many. */
  readonly start: number;
  readonly size: number;
  /** With a policy: the view that is shown; without, images as they are. */
  readonly policy?: AugmentationPolicy;
  readonly view?: number;
  /** The training rows that partners are taken from; needed if the policy mixes images. */
  readonly pool?: Int32Array;
  readonly normalisation: Normalisation;
  /** Receives [size, height, width, channels], or the tokens [size, tokens], from its beginning. */
  readonly out: Float32Array | Int32Array;
}

const plain: View = { dx: 0, dy: 0, flip: false };

/** A batch of so many samples, all zero, to be fed to a model and filled by fillBatch. */
export function emptyBatch(dataset: Dataset, size: number): HostTensor {
  const length = size * sizeOf(dataset.shape);
  const shape = [size, ...dataset.shape];
  if (dataset.text !== undefined) return { shape, dtype: 'int32', data: new Int32Array(length) };
  return { shape, dtype: 'float32', data: new Float32Array(length) };
}

/** Writes one batch of normalised images, NHWC, or of texts into `out`; nothing is allocated for a sample. */
export function fillBatch(request: BatchRequest): void {
  const { dataset, indices, start, size, policy, view = 0, pool, normalisation, out } = request;
  if (dataset.text !== undefined) return fillTokens(dataset.text, dataset.shape[0], request);
  if (!(out instanceof Float32Array)) throw new NasDistillError('INTERNAL', 'images are float32');
  const [height, width, channels] = dataset.shape;
  const pixels = height * width * channels;
  const table = lookup(normalisation);
  for (let i = 0; i < size; i++) {
    const index = indices[start + i];
    const how = policy === undefined ? plain : viewOf(policy, index, view);
    writeImage(dataset.images, placeOf(dataset, index) * pixels, height, width, channels, how, table, out, i * pixels);
  }
  if (policy === undefined || !mixes(policy)) return;
  if (pool === undefined) {
    throw new NasDistillError('INTERNAL', 'a policy that mixes images needs the pool of their partners');
  }
  const other = new Float32Array(pixels);
  for (let i = 0; i < size; i++) {
    const mix = mixOf(policy, pool, [height, width], indices[start + i], view);
    if (mix === undefined) continue;
    const how = viewOf(policy, mix.partner, view);
    writeImage(dataset.images, placeOf(dataset, mix.partner) * pixels, height, width, channels, how, table, other, 0);
    blend(out, i * pixels, other, mix, width * channels, channels);
  }
}

/** Mixes `other` into the image at `from`. */
function blend(out: Float32Array, from: number, other: Float32Array, mix: Mix, row: number, channels: number): void {
  const { share, box } = mix;
  if (box === undefined) {
    for (let at = 0; at < other.length; at++) out[from + at] = share * out[from + at] + (1 - share) * other[at];
    return;
  }
  for (let y = box.top; y < box.top + box.height; y++) {
    const start = y * row + box.left * channels;
    out.set(other.subarray(start, start + box.width * channels), from + start);
  }
}

/** Normalised value of each byte, channel by channel. */
const tables = new WeakMap<Normalisation, Float32Array>();

function lookup(normalisation: Normalisation): Float32Array {
  let table = tables.get(normalisation);
  if (table === undefined) {
    const { mean, std } = normalisation;
    table = new Float32Array(256 * mean.length);
    for (let c = 0; c < mean.length; c++) {
      for (let value = 0; value < 256; value++) table[256 * c + value] = (value / 255 - mean[c]) / std[c];
    }
    tables.set(normalisation, table);
  }
  return table;
}

function writeImage(
  images: Uint8Array,
  from: number,
  height: number,
  width: number,
  channels: number,
  { dx, dy, flip }: View,
  table: Float32Array,
  out: Float32Array,
  to: number,
): void {
  let at = to;
  for (let y = 0; y < height; y++) {
    // What comes in from outside repeats the edge.
    const sourceY = Math.min(height - 1, Math.max(0, y - dy));
    const row = from + sourceY * width * channels;
    for (let x = 0; x < width; x++) {
      const shifted = Math.min(width - 1, Math.max(0, x - dx));
      const pixel = row + (flip ? width - 1 - shifted : shifted) * channels;
      for (let c = 0; c < channels; c++) out[at++] = table[256 * c + images[pixel + c]];
    }
  }
}

/** Positions 0..count-1 in the order of one epoch, deterministic by seed and epoch. */
export function epochOrder(count: number, seed: string, epoch: number): Int32Array {
  const rng = createRng(`${seed}/order/${epoch}`);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = rng.int(i + 1);
    const held = order[i];
    order[i] = order[j];
    order[j] = held;
  }
  return order;
}
