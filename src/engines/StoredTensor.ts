import { NasDistillError } from '../core/errors.js';
import { float16ToNumbers, largestFloat16, numbersToFloat16 } from './float16.js';
import type { HostTensor } from './Engine.js';

/**
 * One weight as it lies in an exported file. uint8 is affine over the whole tensor: value = (data - zeroPoint) * scale,
 * with a scale that is a float32 number. TF.js reads data * scale + min in double precision; with min = -zeroPoint * scale
 * both sums are exact before their one rounding to float32, so that a TF.js and an ONNX file hold the same numbers.
 */
export type StoredTensor = { readonly shape: readonly number[] } & (
  | { readonly format: 'float32'; readonly data: Float32Array }
  /** Bits of IEEE binary16. */
  | { readonly format: 'float16'; readonly data: Uint16Array }
  | { readonly format: 'uint8'; readonly data: Uint8Array; readonly scale: number; readonly zeroPoint: number }
);
export type StorageFormat = StoredTensor['format'];

/**
 * Rounds a weight to a storage format; float16 to nearest even, uint8 over the range of its values and zero.
 * @param name of the weight, for the error
 * @throws NasDistillError VERIFICATION for a value that the format cannot hold
 */
export function storeTensor(name: string, { shape, data }: HostTensor, format: StorageFormat): StoredTensor {
  const values = Float32Array.from(data);
  const limit = format === 'float16' ? largestFloat16 : Number.MAX_VALUE;
  const bad = values.find((value) => !(Math.abs(value) <= limit));
  if (bad !== undefined) {
    throw new NasDistillError('VERIFICATION', `weight ${name} holds ${bad}, which ${format} cannot store`, {
      hint: format === 'float16' ? 'Search with --weights float32 or int8.' : 'Promote another trial.',
    });
  }
  switch (format) {
    case 'float32':
      return { shape, format, data: values };
    case 'float16':
      return { shape, format, data: numbersToFloat16(values) };
    case 'uint8':
      return { shape, ...quantise(values) };
  }
}

/** Zero is always a level, so that zeros stay zeros. */
function quantise(values: Float32Array) {
  let min = 0;
  let max = 0;
  for (const value of values) {
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  // Below the smallest normal float32 the scale would lose its own precision; such a tensor is zero for every purpose.
  const step = Math.fround(max / 255 - min / 255);
  const scale = step < 2 ** -126 ? 1 : step;
  const zeroPoint = Math.min(255, Math.round((0 - min) / scale));
  const data = Uint8Array.from(values, (value) => Math.max(0, Math.min(255, Math.round(value / scale) + zeroPoint)));
  return { format: 'uint8', data, scale, zeroPoint } as const;
}

/** The float32 numbers that a stored weight stands for. */
export function storedValues(stored: StoredTensor): Float32Array {
  switch (stored.format) {
    case 'float32':
      return stored.data;
    case 'float16':
      return float16ToNumbers(stored.data);
    case 'uint8': {
      const { scale, zeroPoint } = stored;
      return Float32Array.from(stored.data, (level) => (level - zeroPoint) * scale);
    }
  }
}
