import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { NasDistillError } from './errors.js';

const chunkBytes = 2 ** 20;

/** Float32 values that lie in a file, little-endian, for whoever needs them in memory: they need not pass through who tells of them. */
export class StoredFloats {
  constructor(
    readonly file: string,
    readonly length: number,
    /** SHA-256 of the file, hex. */
    readonly digest: string,
  ) {}

  /** The values, verified, in shared memory or where they are wanted. @throws NasDistillError CACHE if the file is not what it was */
  read(values: Float32Array = new Float32Array(new SharedArrayBuffer(4 * this.length))): Float32Array {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.scan((chunk, at) => bytes.set(chunk, at));
    return values;
  }

  /** Reads the file without keeping it. @throws NasDistillError CACHE if the file is not what it was */
  verify(): void {
    this.scan(() => undefined);
  }

  private scan(each: (chunk: Uint8Array, at: number) => void): void {
    const refuse = (what: string, cause?: unknown) =>
      new NasDistillError('CACHE', `${this.file} ${what}`, {
        hint: 'Delete its directory: it will be computed again.',
        ...(cause === undefined ? {} : { cause }),
      });
    const size = statSync(this.file, { throwIfNoEntry: false })?.size;
    if (size === undefined) throw refuse('is missing');
    if (size !== 4 * this.length) throw refuse('is damaged');
    const hash = createHash('sha256');
    const chunk = Buffer.alloc(chunkBytes);
    const file = openSync(this.file, 'r');
    try {
      let at = 0;
      for (let read; (read = readSync(file, chunk, 0, Math.min(chunkBytes, size - at), null)) > 0; at += read) {
        const part = chunk.subarray(0, read);
        hash.update(part);
        each(part, at);
      }
      if (at !== size) throw refuse('is damaged');
    } finally {
      closeSync(file);
    }
    if (hash.digest('hex') !== this.digest) throw refuse('is damaged');
  }
}
