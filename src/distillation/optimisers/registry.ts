import { adam, adamW } from './adamW.js';
import type { OptimiserEntry } from './Optimiser.js';
import { sgd } from './sgd.js';

/** Every optimiser by its name in a study file. */
export const optimisers = { adamw: adamW, adam, sgd } satisfies Record<string, OptimiserEntry>;
export type OptimiserName = keyof typeof optimisers;
