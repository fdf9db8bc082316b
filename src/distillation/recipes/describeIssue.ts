import type { z } from 'zod';

/**
 * Where the first problem of some settings is, and what it is; an unknown key is a place of its own, and comes before what
 * is missing because of it (`wieght` instead of `weight`).
 */
export function firstIssue(error: z.ZodError): { path: readonly PropertyKey[]; unknown?: string; message: string } {
  const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0];
  if (issue.code !== 'unrecognized_keys') return { path: issue.path, message: issue.message };
  const [unknown] = issue.keys;
  return { path: [...issue.path, unknown], unknown, message: 'unknown key' };
}
