import { once } from 'node:events';
import { closeSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { StoredFloats } from '../core/StoredFloats.js';

type ArrayType = 'Uint8Array' | 'Int32Array' | 'Float32Array';
type AnyArray = Uint8Array | Int32Array | Float32Array;

/** The key of an array's place in a copy of data without its arrays. */
const placeholder = '$array';

/** The key of values that the other process reads from their file. */
const stored = '$stored';

/** Data without its typed arrays and files, which follow in this order. */
export interface PackedData {
  /** Plain data; each array is `{ $array: index }`, values in a file are `{ $stored: index }`. */
  readonly skeleton: unknown;
  readonly arrays: readonly { readonly type: ArrayType; readonly length: number }[];
  readonly files: readonly Pick<StoredFloats, 'file' | 'length' | 'digest'>[];
}

/**
 * Takes the typed arrays out of plain data: shared memory does not cross to another process, so that they travel on a
 * pipe of their own, without a copy on this side. Values in files are read there, by handles of the open files.
 * @throws TypeError for an array of another type
 */
export function packArrays(data: unknown): { packed: PackedData; arrays: AnyArray[]; files: StoredFloats[] } {
  const arrays: AnyArray[] = [];
  const files: StoredFloats[] = [];
  const strip = (value: unknown): unknown => {
    if (ArrayBuffer.isView(value)) {
      arrays.push(known(value));
      return { [placeholder]: arrays.length - 1 };
    }
    if (value instanceof StoredFloats) {
      const known = files.findIndex(({ file }) => file === value.file);
      return { [stored]: known >= 0 ? known : files.push(value) - 1 };
    }
    if (Array.isArray(value)) return value.map(strip);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, strip(part)]));
  };
  const skeleton = strip(data);
  const packed = {
    skeleton,
    arrays: arrays.map((array) => ({ type: typeOf(array), length: array.length })),
    files: files.map(({ file, length, digest }) => ({ file, length, digest })),
  };
  return { packed, arrays, files };
}

/** Writes the arrays one behind the other and ends the stream. */
export async function sendArrays(stream: Writable, arrays: readonly AnyArray[]): Promise<void> {
  for (const { buffer, byteOffset, byteLength } of arrays) {
    if (byteLength === 0) continue;
    if (!stream.write(new Uint8Array(buffer, byteOffset, byteLength))) await once(stream, 'drain');
  }
  stream.end();
}

/**
 * Reads the arrays into shared memory and puts them back in their places, those in files among them.
 * @param handleOf the handle of each of `packArrays`' files; they are closed when they were read
 * @throws Error if the stream ends early; NasDistillError CACHE for a file that is not what it was
 */
export async function unpackArrays(
  { skeleton, arrays, files }: PackedData,
  stream: Readable,
  handleOf: (index: number) => number,
): Promise<unknown> {
  const filled = arrays.map(({ type, length }) => sharedArray(type, length));
  const targets = filled.filter((array) => array.byteLength > 0).map(({ buffer }) => new Uint8Array(buffer));
  let [index, at] = [0, 0];
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    for (let from = 0; from < chunk.length && index < targets.length;) {
      const size = Math.min(chunk.length - from, targets[index].length - at);
      targets[index].set(chunk.subarray(from, from + size), at);
      from += size;
      at += size;
      if (at === targets[index].length) [index, at] = [index + 1, 0];
    }
    if (index === targets.length) break;
  }
  if (index < targets.length) throw new Error('the data of the study did not arrive whole');
  const read = files.map(({ file, length, digest }, index) => {
    const handle = handleOf(index);
    const values = new StoredFloats(file, length, digest).read(undefined, handle);
    closeSync(handle);
    return values;
  });
  const restore = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(restore);
    if (typeof value !== 'object' || value === null) return value;
    const place: unknown = Reflect.get(value, placeholder);
    if (typeof place === 'number') return filled[place];
    const file: unknown = Reflect.get(value, stored);
    if (typeof file === 'number') return read[file];
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, restore(part)]));
  };
  return restore(skeleton);
}

function sharedArray(type: ArrayType, length: number): AnyArray {
  if (type === 'Uint8Array') return new Uint8Array(new SharedArrayBuffer(length));
  const memory = new SharedArrayBuffer(4 * length);
  return type === 'Int32Array' ? new Int32Array(memory) : new Float32Array(memory);
}

function typeOf(array: AnyArray): ArrayType {
  if (array instanceof Float32Array) return 'Float32Array';
  return array instanceof Int32Array ? 'Int32Array' : 'Uint8Array';
}

function known(value: ArrayBufferView): AnyArray {
  if (value instanceof Uint8Array || value instanceof Int32Array || value instanceof Float32Array) return value;
  throw new TypeError(`arrays of type ${value.constructor.name} cannot be sent`);
}
