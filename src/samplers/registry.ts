import type { SamplerEntry } from './Sampler.js';
import { auto } from './auto.js';
import { gp } from './gp.js';
import { localSearch } from './localSearch.js';
import { motpe } from './motpe.js';
import { nsga2 } from './nsga2.js';
import { nsga3 } from './nsga3.js';
import { predictor } from './predictor.js';
import { quasiRandom } from './quasiRandom.js';
import { random } from './random.js';
import { regularised } from './regularised.js';

/** Every sampler that a study may name. */
export const samplers = {
  auto,
  gp,
  'local-search': localSearch,
  motpe,
  nsga2,
  nsga3,
  predictor,
  'quasi-random': quasiRandom,
  random,
  regularised,
} satisfies Record<string, SamplerEntry>;
export type SamplerName = keyof typeof samplers;
