import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { NasDistillError, messageOf, nodeCodeOf } from './errors.js';

/**
 * Writes a file so that a reader sees the old content or the new, never a half: temporary file, fsync, rename.
 * @throws NasDistillError STORAGE or STORAGE_FULL, naming the path.
 */
export function atomicWrite(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
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

/** The storage error that fits a failed file operation on `path`. */
export function storageError(path: string, cause: unknown): NasDistillError {
  const code = nodeCodeOf(cause);
  if (code === 'ENOSPC' || code === 'SQLITE_FULL') {
    return new NasDistillError('STORAGE_FULL', `no space left to write ${path}`, {
      hint: 'Free disk space, then run the same command again: what was stored before is intact.',
      cause,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new NasDistillError('STORAGE', `cannot write ${path}: permission denied (${code})`, {
      hint: 'Choose a writable place with --results DIR or NAS_DISTILL_RESULTS.',
      cause,
    });
  }
  return new NasDistillError('STORAGE', `cannot write ${path}: ${messageOf(cause)}`, { cause });
}
