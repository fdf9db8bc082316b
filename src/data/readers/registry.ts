import { idx } from './idx.js';
import { imageFolder } from './imageFolder.js';
import type { ReaderEntry } from './Reader.js';

/** Every data format. A new one is one file and one line. */
export const readers = { idx, imageFolder } as const satisfies Record<string, ReaderEntry>;
