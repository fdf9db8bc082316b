import { z } from 'zod';
import { defineSampler } from './defineSampler.js';
import { gp } from './gp.js';

/** What auto stands for: a study stores this name, so that it goes on alike when auto changes. */
export const autoSampler = 'gp';

/** Whichever sampler wins `npm run bench:search`: gp, on every table there (docs/samplers.md). */
export const auto = defineSampler({
  name: 'auto',
  summary: 'the sampler that wins the benchmark of this project: gp',
  options: z.strictObject({}),
  create: (context) => gp.create(context),
});
