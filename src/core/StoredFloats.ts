import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { NasDistillError } from './errors.js';
import { piecesOf } from './fileSlices.js';

/** Float32 values that lie in a file, little-endian, for whoever needs them in memory: they need not pass through who tells of them. */
export class StoredFloats {
  constructor(
    readonly file: string,
    readonly length: number,
    /** SHA-256 of the file, hex. */
    readonly digest: string,
  ) {}

  /**
   * Opens the file, to be closed by the caller: whoever reads by the handle reads this file, whatever is put in its place or
   * deleted meanwhile. Cheap: its content is verified where it is read.
   * @throws NasDistillError CACHE if it is missing or has not the size that it should have
   */
  open(): number {
    let handle: number;
    try {
      handle = openSync(this.file, 'r');
    } catch (error) {
      throw this.refusal(isMissing(error) ? 'is missing' : 'cannot be read', error);
    }
    if (fstatSync(handle).size === 4 * this.length) return handle;
    closeSync(handle);
    throw this.refusal('is damaged');
  }

  /** Whether the file is there, at its full length. @throws NasDistillError CACHE as `open` */
  check(): void {
    closeSync(this.open());
  }

  /**
   * The values, in shared memory unless told otherwise. What is returned is what was verified, as it was read.
   * @param handle of the open file; default: it is opened by its name
   * @throws NasDistillError CACHE if the file is not what it was
   */
  read(values = new Float32Array(new SharedArrayBuffer(4 * this.length)), handle?: number): Float32Array {
    const file = handle ?? this.open();
    try {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      const size = 4 * this.length;
      const hash = createHash('sha256');
      let at = 0;
      for (const piece of piecesOf(file, 0, size)) {
        hash.update(piece);
        bytes.set(piece, at);
        at += piece.length;
      }
      if (at !== size || hash.digest('hex') !== this.digest) throw this.refusal('is damaged');
      return values;
    } finally {
      if (handle === undefined) closeSync(file);
    }
  }

  private refusal(what: string, cause?: unknown): NasDistillError {
    return new NasDistillError('CACHE', `${this.file} ${what}`, {
      hint: 'Delete its directory: it will be computed again.',
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';
