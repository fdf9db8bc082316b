import { messageOf } from '../core/errors.js';
import { runTrial } from './runTrial.js';
import { openEngine } from '../engines/registry.js';
import type { Executor, ExecutorOptions } from './Executor.js';

/**
 * Trials in this thread, one after the other: for tests and debuggers. Takes the options of the others; `workers` must
 * be 1.
 * @throws NasDistillError ENGINE_MISSING
 */
export async function createInlineExecutor(options: ExecutorOptions): Promise<Executor> {
  if (options.workers !== 1) throw new RangeError(`the inline executor has one worker, not ${options.workers}`);
  const engine = await openEngine(options.engine, { threads: options.threadsPerWorker });
  let last: Promise<unknown> = Promise.resolve();
  return {
    workers: 1,
    ahead: 0,
    run: (job, hooks, signal) => {
      const work = last.then(async () => {
        hooks.onStart(0);
        // A hook's fault is the caller's, not the trial's: runTrial would turn it into an outcome.
        let fault: { error: unknown } | undefined;
        const outcome = await runTrial(
          job,
          { engine, data: options.data },
          async (rung) => {
            try {
              return await hooks.onRung(rung);
            } catch (error) {
              fault = { error };
              return 'prune';
            }
          },
          signal,
        );
        if (fault !== undefined) throw fault.error;
        return outcome;
      });
      // The next trial starts whatever became of this one; its own caller hears of it.
      last = work.catch(messageOf);
      return work;
    },
    close: async () => {
      await last;
      engine.close();
    },
  };
}
