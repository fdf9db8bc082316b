import { asha } from './asha.js';
import { hyperband } from './hyperband.js';
import { median } from './median.js';
import { moasha } from './moasha.js';
import { none } from './none.js';
import type { PrunerEntry } from './Pruner.js';

/** Every pruner that a study may name. */
export const pruners = { asha, hyperband, median, moasha, none } satisfies Record<string, PrunerEntry>;
export type PrunerName = keyof typeof pruners;
