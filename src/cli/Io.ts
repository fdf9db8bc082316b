import type { Progress } from '../core/progress.js';

/** What a command needs of its surroundings: where results go, how to talk to the user. */
export interface Io {
  /** True under --json: results are one JSON document on stdout. */
  readonly json: boolean;
  readonly verbose: boolean;
  /** Directory of the database, caches, teachers and data (--results, NAS_DISTILL_RESULTS, default `results`). */
  readonly resultsDir: string;
  /** Bars on a terminal, plain lines elsewhere; always on stderr. */
  readonly progress: Progress;
  /** Prints the command's result: `document` as JSON under --json, else the text that `human` returns. Call it once. */
  result(document: unknown, human: () => string): void;
}
