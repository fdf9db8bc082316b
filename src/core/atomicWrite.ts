import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectory } from './makeDirectory.js';
import { storageError } from './storageError.js';

/**
 * Writes a file so that a reader sees the old content or the new, never a half: temporary file, fsync, rename.
 * @throws NasDistillError STORAGE or STORAGE_FULL, naming the path.
 */
export function atomicWrite(path: string, content: string | Uint8Array): void {
  makeDirectory(dirname(path));
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, 'w');
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      for (let offset = 0; offset < bytes.byteLength;) offset += writeSync(file, bytes, offset);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw storageError(path, error);
  }
}
