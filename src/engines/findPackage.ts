import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { z } from 'zod';
import { nodeCodeOf } from '../core/errors.js';

const manifest = z.object({ version: z.string() });

/** Folder and version of an installed npm package, or undefined if it is not installed. */
export function findPackage(name: string): { folder: string; version: string } | undefined {
  try {
    const path = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return { folder: dirname(path), version: manifest.parse(JSON.parse(readFileSync(path, 'utf8'))).version };
  } catch (error) {
    if (nodeCodeOf(error) === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
