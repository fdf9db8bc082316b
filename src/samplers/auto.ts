import { z } from 'zod';
import { defineSampler } from './defineSampler.js';
import { gp } from './gp.js';

/** Whichever sampler wins `npm run bench:search`: gp, on every table there (docs/samplers.md). */
export const auto = defineSampler({
  name: 'auto',
  summary: 'the sampler that wins the benchmark of this project: gp',
  options: z.strictObject({}),
  create: (context) => gp.create(context),
});
