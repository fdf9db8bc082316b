import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { NasDistillError, messageOf } from '../core/errors.js';
import { packageRoot } from '../core/packageRoot.js';
import type { Rung, TrialOutcome } from '../store/types.js';
import type { Executor, ExecutorOptions } from './Executor.js';
import type { WorkerStart, WorkerTask } from './worker.js';

type FromWorker = { kind: 'start'; worker: number } | { kind: 'rung'; rung: Rung };

/**
 * Trials on piscina's worker threads: each opens its engine once and stays warm; images and teacher outputs are shared
 * memory. A worker that dies takes its trial with it (FAILED, with the reason) and is replaced.
 */
export async function createPiscinaExecutor(options: ExecutorOptions): Promise<Executor> {
  const filename = join(packageRoot, 'dist', 'executors', 'worker.js');
  if (!existsSync(filename)) {
    throw new NasDistillError('INTERNAL', `${filename} is missing`, { hint: 'Build first: npm run setup' });
  }
  const started = new Int32Array(new SharedArrayBuffer(4));
  const start: WorkerStart = { options, started };
  const pool = new Piscina<WorkerTask, TrialOutcome>({
    filename,
    minThreads: options.workers,
    maxThreads: options.workers,
    idleTimeout: Infinity,
    workerData: start,
    atomics: 'disabled',
  });
  // A worker's death reaches us through its task; without a listener the event would end the process.
  pool.on('error', () => undefined);
  return {
    workers: options.workers,
    run: async (job, hooks, signal) => {
      const { port1, port2 } = new MessageChannel();
      const stop = new Int32Array(new SharedArrayBuffer(4));
      const abort = () => Atomics.store(stop, 0, 1);
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort, { once: true });
      let fault: unknown;
      port1.on('message', (message: FromWorker) => {
        void (async () => {
          try {
            if (message.kind === 'start') hooks.onStart(message.worker % options.workers);
            else port1.postMessage(await hooks.onRung(message.rung));
          } catch (error) {
            fault ??= error;
            abort();
            port1.postMessage('prune');
          }
        })();
      });
      try {
        const outcome = await pool.run({ job, port: port2, stop }, { transferList: [port2] });
        if (fault !== undefined) throw fault;
        return outcome;
      } catch (error) {
        if (fault !== undefined) throw fault;
        return { state: 'FAILED', metrics: {}, reason: `worker: ${messageOf(error).split('\n')[0]}` };
      } finally {
        signal?.removeEventListener('abort', abort);
        port1.close();
      }
    },
    close: () => pool.destroy(),
  };
}
