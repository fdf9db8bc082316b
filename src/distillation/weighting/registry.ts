import { difficulty } from './difficulty.js';
import { fixed } from './fixed.js';
import { uncertainty } from './uncertainty.js';
import type { WeightingEntry } from './Weighting.js';

/** Every way of weighing by its name in a recipe. */
export const weightings = { fixed, uncertainty, difficulty } satisfies Record<string, WeightingEntry>;
