import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NasDistillError, messageOf } from '../core/errors.js';
import type { SearchSpace } from './SearchSpace.js';
import { parseSpace } from './parseSpace.js';

/** The folder of the shipped spaces: the same two levels up from src/spaces and from dist/spaces. */
const shippedDir = fileURLToPath(new URL('../../search-spaces', import.meta.url));

export interface LoadSpaceOptions {
  /** Where plain names are looked up; default: the shipped spaces. */
  readonly searchSpacesDir?: string;
}

/**
 * Loads a space by path (it holds a separator or ends in .yaml/.yml) or by the name of a shipped one.
 * @throws NasDistillError NOT_FOUND, or SPACE naming file:line:column.
 */
export function loadSpace(pathOrName: string, options: LoadSpaceOptions = {}): SearchSpace {
  const { path, text } = readSpace(pathOrName, options);
  return parseSpace(text, path);
}

/** Finds and reads a space's file, without parsing it. @throws NasDistillError NOT_FOUND. */
export function readSpace(pathOrName: string, options: LoadSpaceOptions = {}): { path: string; text: string } {
  const isPath = /[\\/]/.test(pathOrName) || pathOrName.includes(sep) || /\.ya?ml$/i.test(pathOrName);
  const path = isPath ? pathOrName : join(options.searchSpacesDir ?? shippedDir, `${pathOrName}.yaml`);
  const hint = `Give the path of a YAML file, or one of: ${listSpaces(options).join(', ')}.`;
  if (!existsSync(path))
    throw new NasDistillError('NOT_FOUND', `no search space at ${isPath ? path : pathOrName}`, { hint });
  try {
    if (statSync(path).isDirectory()) throw new NasDistillError('NOT_FOUND', `${path} is a folder`, { hint });
    return { path, text: readFileSync(path, 'utf8') };
  } catch (cause) {
    if (cause instanceof NasDistillError) throw cause;
    throw new NasDistillError('NOT_FOUND', `cannot read the search space ${path}: ${messageOf(cause)}`, {
      hint,
      cause,
    });
  }
}

/** Names of the shipped spaces. */
export function listSpaces(options: LoadSpaceOptions = {}): string[] {
  const dir = options.searchSpacesDir ?? shippedDir;
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((f) => f.endsWith('.yaml'))
    .map((f) => basename(f, '.yaml'))
    .sort();
}
