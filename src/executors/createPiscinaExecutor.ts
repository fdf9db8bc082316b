import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { NasDistillError, messageOf } from '../core/errors.js';
import { packageRoot } from '../core/packageRoot.js';
import { prepareThreads } from '../engines/registry.js';
import type { Executor, ExecutorOptions, RunOutcome } from './Executor.js';
import { PlacedTrial } from './PlacedTrial.js';
import { Places } from './Places.js';
import type { WorkerFault, WorkerStart } from './worker.js';

/** From src/ too: threads run JavaScript, so the sources' tests use the build. */
const builtWorker = join(packageRoot, 'dist', 'executors', 'worker.js');

/**
 * Trials on piscina's worker threads: each opens its engine once and stays warm; images and teacher outputs are shared
 * memory. A worker that dies takes its trial with it (FAILED, with the reason) and is replaced. With `ahead` there are more threads
 * than trials train at once: what an engine makes belongs to the thread that made it, so that a trial is prepared where it trains.
 * @throws NasDistillError USAGE for no workers, INTERNAL if the worker was not built, ENGINE_* if the engine cannot be opened
 */
export async function createPiscinaExecutor(options: ExecutorOptions, filename = builtWorker): Promise<Executor> {
  const { workers, ahead = 0, engine, threadsPerWorker: threads, data } = options;
  if (!Number.isInteger(workers) || workers < 1) {
    throw new NasDistillError('USAGE', `${workers} workers cannot run a trial`, { hint: 'Use --workers 1 or more.' });
  }
  if (!existsSync(filename)) {
    throw new NasDistillError('INTERNAL', `the worker ${filename} is missing`, {
      hint: 'Build it with: npm run build',
    });
  }
  await prepareThreads(engine);
  const workerData: WorkerStart = { engine, threads, data };
  const pool = new Piscina<unknown, unknown>({
    filename,
    minThreads: workers + ahead,
    maxThreads: workers + ahead,
    idleTimeout: Infinity,
    workerData,
    atomics: 'disabled',
  });
  // The death of a worker without a trial harms nobody: it is replaced; an event without a listener ends the process.
  let lastDeath = '';
  pool.on('error', (error: unknown) => (lastDeath = reasonOf(error)));
  try {
    await openEngines(pool, workers + ahead);
  } catch (error) {
    await pool.destroy();
    throw error;
  }
  const places = new Places(workers);
  // The pool's own queue keeps no order: one that waits for a place might have the thread of the one that has it.
  const seats = new Places(workers + ahead);

  return {
    workers,
    ahead,
    run: async (job, hooks, signal) => {
      if (pool.threads.length === 0) {
        hooks.onStart(0);
        return { state: 'FAILED', metrics: {}, reason: `no worker is left: ${lastDeath}` };
      }
      const trial = new PlacedTrial(job, hooks, places, signal);
      const { task } = trial;
      let leave: () => void = () => undefined;
      await new Promise<void>((resolve) => (leave = seats.take(() => resolve())));
      let outcome: RunOutcome;
      try {
        outcome = (await pool.run(task, { transferList: [task.port] })) as RunOutcome;
      } catch (error) {
        lastDeath = reasonOf(error);
        outcome = { state: 'FAILED', metrics: {}, reason: `the worker died: ${lastDeath}` };
        // Still ours if the trial never reached a worker.
        task.port.close();
      }
      leave();
      return trial.end(outcome);
    },
    close: () => pool.destroy(),
  };
}

/** Opens engines before the first trial, so that a missing one is an error of the study and not of every trial. */
async function openEngines(pool: Piscina<unknown, unknown>, workers: number): Promise<void> {
  const opened = Array.from({ length: workers }, () => pool.run(undefined, { name: 'open' }));
  for (const result of await Promise.allSettled(opened)) {
    if (result.status === 'rejected') {
      throw new NasDistillError('ENGINE_FAILED', `a worker thread cannot start: ${reasonOf(result.reason)}`, {
        cause: result.reason,
      });
    }
    const fault = result.value as WorkerFault | undefined;
    if (fault !== undefined)
      throw new NasDistillError(fault.code, fault.message, { ...(fault.hint ? { hint: fault.hint } : {}) });
  }
}

function reasonOf(error: unknown): string {
  return messageOf(error).split('\n')[0];
}
