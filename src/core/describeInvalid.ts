import { z } from 'zod';
import { messageOf } from './errors.js';

/** One line on why data of a file was refused: what zod found first, with its place; else the error's first line. */
export function describeInvalid(error: unknown): string {
  if (!(error instanceof z.ZodError)) return messageOf(error).split('\n')[0];
  const [issue] = error.issues;
  const place = issue.path.map(String).join('.');
  return place === '' ? issue.message : `${place}: ${issue.message}`;
}
