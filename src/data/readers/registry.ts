import { cifar } from './cifar.js';
import { csv } from './csv.js';
import { idx } from './idx.js';
import { imageFolder } from './imageFolder.js';
import type { ReaderEntry } from './Reader.js';

/** Every data format, in the order in which they are tried. A new one is one file and one line. */
export const readers = { idx, cifar, imageFolder, csv } as const satisfies Record<string, ReaderEntry>;
