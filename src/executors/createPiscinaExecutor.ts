import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { NasDistillError, messageOf } from '../core/errors.js';
import { packageRoot } from '../core/packageRoot.js';
import { prepareThreads } from '../engines/registry.js';
import type { Executor, ExecutorOptions, RunOutcome } from './Executor.js';
import type { FromWorker, WorkerFault, WorkerStart } from './worker.js';
import { WorkerIndices } from './WorkerIndices.js';

/** From src/ too: threads run JavaScript, so the sources' tests use the build. */
const builtWorker = join(packageRoot, 'dist', 'executors', 'worker.js');

/**
 * Trials on piscina's worker threads: each opens its engine once and stays warm; images and teacher outputs are shared
 * memory. A worker that dies takes its trial with it (FAILED, with the reason) and is replaced.
 * @throws NasDistillError USAGE for no workers, INTERNAL if the worker was not built, ENGINE_* if the engine cannot be opened
 */
export async function createPiscinaExecutor(options: ExecutorOptions, filename = builtWorker): Promise<Executor> {
  const { workers, engine, threadsPerWorker: threads, data } = options;
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
    minThreads: workers,
    maxThreads: workers,
    idleTimeout: Infinity,
    workerData,
    atomics: 'disabled',
  });
  // The death of a worker without a trial harms nobody: it is replaced; an event without a listener ends the process.
  let lastDeath = '';
  pool.on('error', (error: unknown) => (lastDeath = reasonOf(error)));
  try {
    await openEngines(pool, workers);
  } catch (error) {
    await pool.destroy();
    throw error;
  }
  const indices = new WorkerIndices();
  const indexOf = (threadId: number) =>
    indices.of(
      threadId,
      pool.threads.map((thread) => thread.threadId),
    );

  return {
    workers,
    run: async (job, hooks, signal) => {
      if (pool.threads.length === 0) {
        hooks.onStart(0);
        return { state: 'FAILED', metrics: {}, reason: `no worker is left: ${lastDeath}` };
      }
      const { port1, port2 } = new MessageChannel();
      const stop = new Int32Array(new SharedArrayBuffer(4));
      const abort = () => void Atomics.store(stop, 0, 1);
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort, { once: true });

      let started = false;
      let fault: { error: unknown } | undefined;
      const answer = async (message: FromWorker) => {
        if (message.kind === 'rung') return port1.postMessage(await hooks.onRung(message.rung));
        started = true;
        hooks.onStart(indexOf(message.threadId));
      };
      port1.on('message', (message: FromWorker) => {
        // A hook's fault is the caller's, not the trial's: the trial is stopped and the caller's promise rejects.
        answer(message).catch((error: unknown) => {
          fault ??= { error };
          abort();
          port1.postMessage('prune');
        });
      });
      // The worker closes its end when the trial is over: by then every message of it was heard here.
      const heard = once(port1, 'close');
      let outcome: RunOutcome;
      try {
        outcome = (await pool.run({ job, port: port2, stop }, { transferList: [port2] })) as RunOutcome;
      } catch (error) {
        lastDeath = reasonOf(error);
        outcome = { state: 'FAILED', metrics: {}, reason: `the worker died: ${lastDeath}` };
        // Still ours if the trial never reached a worker.
        port2.close();
      }
      await heard;
      signal?.removeEventListener('abort', abort);
      if (fault !== undefined) throw fault.error;
      // Dead before it could tell; whoever counts on start before finish gets it.
      if (!started) hooks.onStart(0);
      return outcome;
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
