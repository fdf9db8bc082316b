import { NasDistillError } from '../core/errors.js';
import type { ProgressTask } from '../core/progress.js';
import { confirmFront, type ConfirmParts } from '../search/confirmFront.js';
import type { Io } from './Io.js';

/** Repeats the front as `--confirm` asks, with a bar for each round. @throws NasDistillError INTERRUPTED */
export async function confirm(io: Io, parts: ConfirmParts): Promise<void> {
  const { config, study, signal } = parts;
  if (config.confirm === 1) return;
  let bar: ProgressTask | undefined;
  let done = 0;
  try {
    await confirmFront(parts, {
      round(runs) {
        bar?.end();
        done = 0;
        bar = io.progress.start(`confirming the front, ${config.confirm} runs each`, runs);
      },
      ended(trial, failed) {
        bar?.update(++done);
        if (failed !== undefined) io.progress.warn(`trial ${trial.number} failed when it was repeated: ${failed}`);
      },
    });
  } finally {
    bar?.end();
  }
  if (signal?.aborted === true) {
    throw new NasDistillError('INTERRUPTED', `interrupted; study ${study} keeps the runs that ended`, {
      hint: `Go on with: nas-distill search --resume ${study}`,
    });
  }
}
