import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder that is removed after the tests of the file, and a function that writes files below it. */
export function tempFolder() {
  const root = mkdtempSync(join(tmpdir(), 'nas-distill-data-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const write = (name: string, content: Uint8Array | string): string => {
    const file = join(root, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  return { root, write };
}
