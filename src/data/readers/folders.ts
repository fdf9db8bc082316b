import { readdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { unreadable } from '../dataError.js';
import type { ReadOptions } from './Reader.js';

/** Names in a folder, sorted by code units (the same on every machine), without hidden ones and system litter. */
export function listFolder(path: string): { files: string[]; folders: string[] } {
  try {
    const entries = readdirSync(path, { withFileTypes: true }).filter(
      (entry) => !entry.name.startsWith('.') && entry.name !== 'Thumbs.db' && entry.name !== 'desktop.ini',
    );
    const names = (folders: boolean) =>
      entries
        .filter((entry) => !entry.isDirectory() !== folders)
        .map((entry) => entry.name)
        .sort(byCodeUnit);
    return { files: names(false), folders: names(true) };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Order that no locale changes. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The data set's name: as asked for, else the last part of the path. */
export function nameOf(path: string, options: ReadOptions): string {
  return options.name ?? basename(resolve(path));
}
