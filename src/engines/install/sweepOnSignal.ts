import { rmSync } from 'node:fs';
import type { Progress } from '../../core/progress.js';
import { ExitCode } from '../../core/errors.js';

/**
 * Ctrl-C and SIGTERM end an install at once; what it has written so far, which may be gigabytes, goes first.
 * @returns takes that back
 */
export function sweepOnSignal(folder: string, progress: Progress): () => void {
  const stop = () => {
    // A compiler or pip that was not asked to end may write on for a moment.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    progress.warn('interrupted: nothing was installed');
    process.exit(ExitCode.interrupted);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
}
