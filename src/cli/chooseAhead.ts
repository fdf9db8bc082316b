import { NasDistillError } from '../core/errors.js';
import type { WorkerSetting } from '../executors/parallelism/WorkerSetting.js';
import type { StudyConfig } from '../search/StudyConfig.js';

/** The most that the workers' process took for each of its threads in searches of mobile-cnn to 100 KB (docs/engines.md), in bytes. */
const threadBytes = 800e6;

/** How many candidates a search prepares while others train, and a line that says so. */
export interface ChosenAhead {
  readonly ahead: number;
  /** Undefined where there is nothing to say: none were asked for, or none can be. */
  readonly line?: string;
}

/**
 * How many candidates a search prepares while others train. Where the settings leave it open: one, so that compiling it is never between its
 * place and its first step, unless memory does not allow one more worker. It loses nothing that could be measured where all
 * cores train either (docs/engines.md). A deterministic study chooses whole waves, between which nothing trains: none.
 * @throws NasDistillError USAGE for a deterministic study that is to prepare some
 */
export function chooseAhead(
  { ahead, deterministic }: Pick<StudyConfig, 'ahead' | 'deterministic'>,
  { workers }: Pick<WorkerSetting, 'workers'>,
  /** Bytes that all workers may take. */
  memory: number,
): ChosenAhead {
  if (deterministic) {
    if (ahead === 'auto' || ahead === 0) return { ahead: 0 };
    throw new NasDistillError('USAGE', `--ahead ${ahead}: a deterministic study prepares no candidate ahead`, {
      hint: 'Leave out --ahead or --deterministic.',
    });
  }
  if (ahead !== 'auto') return ahead === 0 ? { ahead } : { ahead, line: lineOf(ahead) };
  const needed = (workers + 1) * threadBytes;
  if (needed > memory) {
    const short = `${(memory / 1e9).toFixed(1)} GB of memory, of ${(needed / 1e9).toFixed(1)} GB for one more`;
    return { ahead: 0, line: `no thread prepares candidates ahead: ${short} (--ahead)` };
  }
  return { ahead: 1, line: lineOf(1) };
}

function lineOf(ahead: number): string {
  const who =
    ahead === 1 ? '1 more thread prepares the next candidate' : `${ahead} more threads prepare the next candidates`;
  return `${who} while others train (--ahead)`;
}
