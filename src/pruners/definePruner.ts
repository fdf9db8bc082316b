import type { z } from 'zod';
import { NasDistillError } from '../core/errors.js';
import type { Pruner, PrunerContext, PrunerEntry } from './Pruner.js';

/** A registry entry whose options are checked before `create` sees them. */
export function definePruner<S extends z.ZodType>(pruner: {
  name: string;
  summary: string;
  paper?: string;
  options: S;
  create(context: PrunerContext, options: z.output<S>): Pruner;
}): PrunerEntry {
  return {
    summary: pruner.summary,
    ...(pruner.paper === undefined ? {} : { paper: pruner.paper }),
    options: pruner.options,
    create(context, options = {}) {
      const parsed = pruner.options.safeParse(options);
      if (parsed.success) return pruner.create(context, parsed.data);
      const issue = parsed.error.issues[0];
      const where = ['pruner', pruner.name, ...issue.path].join('.');
      throw new NasDistillError('CONFIG', `${where}: ${issue.message}`, {
        hint: 'The options of each pruner are described in docs/samplers.md.',
      });
    },
  };
}
