import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { atomicWrite } from '../core/atomicWrite.js';
import { NasDistillError, messageOf } from '../core/errors.js';

const schema = z.object({
  format: z.literal(1),
  /** Digest of all that decides which student is trained. */
  settings: z.string(),
  results: z.record(
    z.string(),
    z.object({ accuracy: z.number().min(0).max(1), weights: z.string(), evaluatedAt: z.number() }),
  ),
});
type Stored = z.infer<typeof schema>;

/** Who was evaluated on test. */
export type Tested = 'student' | 'alone' | 'teacher';

/**
 * Accuracies on test, kept in a file, so that promoting a trial again looks at test no second time: choosing among
 * promotions by their test accuracy would make it worthless.
 */
export class TestResults {
  private reusedFrom: number | undefined;

  private constructor(
    private readonly file: string,
    private stored: Stored,
  ) {}

  /**
   * @param settings digest of all that decides which student is trained
   * @param options.again forget what is recorded and evaluate again
   * @param options.promotedAt when this trial was promoted before, as far as the study knows
   * @throws NasDistillError USAGE if test was evaluated before for other settings, or its record is gone or damaged
   */
  static open(file: string, settings: string, options: { again: boolean; promotedAt?: number }): TestResults {
    const fresh = { format: 1 as const, settings, results: {} };
    if (options.again) return new TestResults(file, fresh);
    if (!existsSync(file)) {
      if (options.promotedAt === undefined) return new TestResults(file, fresh);
      throw refused(
        `this trial was promoted on ${dayOf(options.promotedAt)}, but ${file} with its test results is gone`,
      );
    }
    const stored = read(file);
    if (stored.settings !== settings && Object.keys(stored.results).length > 0) {
      throw refused(`test was already evaluated for this trial, under other settings (${file})`);
    }
    return new TestResults(file, stored.settings === settings ? stored : fresh);
  }

  /** When the oldest of the results was evaluated that were taken from the file; undefined if all are new. */
  get reused(): number | undefined {
    return this.reusedFrom;
  }

  /**
   * The recorded accuracy, or that of one evaluation, recorded at once.
   * @param weights digest of the evaluated weights
   * @throws NasDistillError USAGE if other weights were evaluated before
   */
  async once(who: Tested, weights: string, evaluate: () => Promise<number>): Promise<number> {
    const known = Object.hasOwn(this.stored.results, who) ? this.stored.results[who] : undefined;
    if (known !== undefined) {
      if (known.weights !== weights) throw refused(`test was already evaluated for another ${who} (${this.file})`);
      this.reusedFrom = Math.min(this.reusedFrom ?? Infinity, known.evaluatedAt);
      return known.accuracy;
    }
    const result = { accuracy: await evaluate(), weights, evaluatedAt: Date.now() };
    this.stored = { ...this.stored, results: { ...this.stored.results, [who]: result } };
    atomicWrite(this.file, `${JSON.stringify(this.stored, null, 1)}\n`);
    return result.accuracy;
  }
}

function read(file: string): Stored {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error).split('\n')[0] : messageOf(error);
    throw refused(`${file}: damaged (${detail})`);
  }
}

function refused(what: string): NasDistillError {
  return new NasDistillError('USAGE', what, {
    hint: 'Give the same settings to reuse the recorded results, or --reevaluate to look at test again.',
  });
}

export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
