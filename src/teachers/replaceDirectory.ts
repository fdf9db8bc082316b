import { renameSync, rmSync } from 'node:fs';
import { makeDirectory } from '../core/makeDirectory.js';
import { storageError } from '../core/storageError.js';

/**
 * Fills a directory beside its place first: where the disk fills up, what lies at `target` stays as it was.
 * @throws NasDistillError STORAGE
 */
export function replaceDirectory(target: string, fill: (directory: string) => void): void {
  const copy = `${target}.${process.pid}.tmp`;
  makeDirectory(copy);
  try {
    fill(copy);
    rmSync(target, { recursive: true, force: true });
    renameSync(copy, target);
  } catch (error) {
    rmSync(copy, { recursive: true, force: true });
    throw storageError(target, error);
  }
}
