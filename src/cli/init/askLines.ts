import { createInterface, type Interface } from 'node:readline';
import { NasDistillError, messageOf } from '../../core/errors.js';

export interface Question<T> {
  /** What is asked, without a question mark or the default. */
  readonly text: string;
  /** Lines before the question: what there is to choose from. */
  readonly help?: readonly string[];
  /** The answer to an empty line. */
  readonly fallback: string;
  /** @throws NasDistillError for an answer that cannot be taken: its message is shown and the question put again. */
  readonly parse: (answer: string) => T;
}

/**
 * Puts questions one by one: on a terminal to a person, else to the lines of standard input, so that a script can answer
 * (`printf '\n10MB\n' | nas-distill init`). Questions go to stderr.
 */
export class AskLines {
  readonly #terminal: Interface;
  readonly #lines: AsyncIterator<string>;
  readonly #interactive: boolean;

  constructor(input: NodeJS.ReadStream = process.stdin) {
    this.#interactive = input.isTTY;
    this.#terminal = createInterface({ input, output: this.#interactive ? process.stderr : undefined });
    this.#lines = this.#terminal[Symbol.asyncIterator]();
  }

  /** @throws NasDistillError USAGE when the lines end before the answer; what `parse` throws, where no person can answer again */
  async ask<T>(question: Question<T>): Promise<T> {
    for (const line of question.help ?? []) process.stderr.write(`  ${line}\n`);
    for (;;) {
      process.stderr.write(`${question.text}? [${question.fallback}] `);
      const { done, value } = await this.#lines.next();
      if (done === true) {
        process.stderr.write('\n');
        throw new NasDistillError('USAGE', `no answer to: ${question.text}?`, {
          hint: 'Answer every question with a line (an empty one takes what stands in brackets), or give --yes.',
        });
      }
      if (!this.#interactive) process.stderr.write('\n');
      try {
        return question.parse(value.trim() === '' ? question.fallback : value.trim());
      } catch (error) {
        if (!this.#interactive || !(error instanceof NasDistillError)) throw error;
        process.stderr.write(`  ${messageOf(error)}${error.hint === undefined ? '' : ` ${error.hint}`}\n`);
      }
    }
  }

  close(): void {
    this.#terminal.close();
  }
}
