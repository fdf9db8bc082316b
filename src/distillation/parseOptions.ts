import type { ZodType } from 'zod';
import { NasDistillError } from '../core/errors.js';

/**
 * Options as they stand in a study file, checked, with defaults filled in. `what` names their owner in the message.
 * @throws NasDistillError CONFIG naming the option and what is wrong with it
 */
export function parseOptions<O>(what: string, schema: ZodType<O>, options: unknown = {}): O {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw new NasDistillError('CONFIG', `${what}: ${problems.join('; ')}`);
}
