import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { atomicWrite } from './atomicWrite.js';

/**
 * Makes a directory and writes into it once: before long work whose result goes there.
 * @throws NasDistillError STORAGE or STORAGE_FULL
 */
export function requireWritable(directory: string): void {
  const probe = join(directory, `.writable-${process.pid}`);
  atomicWrite(probe, '.');
  rmSync(probe, { force: true });
}
