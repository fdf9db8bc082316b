import type { z } from 'zod';
import { NasDistillError } from '../core/errors.js';

/** A command's flags, checked. @throws NasDistillError USAGE naming the flag */
export function readFlags<T extends z.ZodType>(schema: T, options: unknown): z.output<T> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new NasDistillError('USAGE', `--${issue.path.join('.')}: ${issue.message}`);
}
