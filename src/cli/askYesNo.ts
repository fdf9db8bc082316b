import { createInterface } from 'node:readline/promises';
import { NasDistillError } from '../core/errors.js';

/**
 * Asks on the terminal; only y or yes is a yes.
 * @param refusal what did not happen, for the error, such as `study 'a' was not deleted`
 * @throws NasDistillError USAGE where nobody can be asked, INTERRUPTED if the answer is no
 */
export async function askYesNo(question: string, refusal: string): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new NasDistillError('USAGE', `${refusal}: nobody can be asked here`, {
      hint: 'Add --yes to do it without a question.',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    terminal.close();
  }
  throw new NasDistillError('INTERRUPTED', refusal);
}
