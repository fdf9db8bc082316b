import type { z } from 'zod';
import { NasDistillError } from '../core/errors.js';
import type { Sampler, SamplerContext, SamplerEntry } from './Sampler.js';

/** A registry entry whose options are checked before `create` sees them. */
export function defineSampler<S extends z.ZodType>(sampler: {
  name: string;
  summary: string;
  paper?: string;
  options: S;
  create(context: SamplerContext, options: z.output<S>): Sampler;
}): SamplerEntry {
  return {
    summary: sampler.summary,
    ...(sampler.paper === undefined ? {} : { paper: sampler.paper }),
    options: sampler.options,
    create(context, options = {}) {
      const parsed = sampler.options.safeParse(options);
      if (parsed.success) return sampler.create(context, parsed.data);
      const issue = parsed.error.issues[0];
      const where = ['sampler', sampler.name, ...issue.path].join('.');
      throw new NasDistillError('CONFIG', `${where}: ${issue.message}`, {
        hint: 'The options of each sampler are described in docs/samplers.md.',
      });
    },
  };
}
