import { idx } from './idx.js';
import type { ReaderEntry } from './Reader.js';

/** Every data format. A new one is one file and one line. */
export const readers = { idx } as const satisfies Record<string, ReaderEntry>;
