import type { SamplerEntry } from './Sampler.js';
import { gp } from './gp.js';
import { nsga2 } from './nsga2.js';
import { random } from './random.js';

/** Every sampler that a study may name. */
export const samplers = { gp, nsga2, random } satisfies Record<string, SamplerEntry>;
export type SamplerName = keyof typeof samplers;
