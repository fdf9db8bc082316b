import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { nodeCodeOf } from './errors.js';
import { storageError } from './storageError.js';

/**
 * Makes a directory and the ones above it, one by one: `mkdirSync` with `recursive` never returns below file systems
 * such as /proc, which answer "no such file" to every new name (https://github.com/nodejs/node/issues/31481).
 * @throws NasDistillError STORAGE or STORAGE_FULL, naming the directory that cannot be made
 */
export function makeDirectory(path: string): void {
  const missing: string[] = [];
  let at = resolve(path);
  for (; !existsSync(at); at = dirname(at)) missing.push(at);
  try {
    if (!statSync(at).isDirectory()) throw Object.assign(new Error(`${at} is not a directory`), { code: 'ENOTDIR' });
    for (const directory of missing.reverse()) {
      at = directory;
      makeOne(directory);
    }
  } catch (error) {
    throw storageError(at, error);
  }
}

function makeOne(directory: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    // Another process may have made it in the meantime.
    if (nodeCodeOf(error) === 'EEXIST' && statSync(directory).isDirectory()) return;
    throw error;
  }
}
