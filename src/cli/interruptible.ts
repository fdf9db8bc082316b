import type { Io } from './Io.js';

/**
 * Runs work that Ctrl-C (or SIGTERM) may stop: the first one asks for a clean end, a second one ends the process at
 * once (nothing stored is lost either way).
 * @param resume the command that goes on afterwards
 */
export async function interruptible<T>(io: Io, resume: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    io.progress.info(`\nstopping (again to stop at once); go on later with: ${resume}`);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
