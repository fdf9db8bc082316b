import { workerData, type MessagePort } from 'node:worker_threads';
import { z } from 'zod';
import { runTrial } from '../distillation/runTrial.js';
import { openEngine } from '../engines/registry.js';
import type { Engine } from '../engines/Engine.js';
import type { TrialOutcome } from '../store/types.js';
import type { ExecutorOptions, RungDecision, TrialJob } from './Executor.js';

/** What a worker is started with; the images and the teacher's outputs lie in shared memory. */
export interface WorkerStart {
  readonly options: ExecutorOptions;
  /** Counts the workers that have started: each takes the next index. */
  readonly started: Int32Array;
}

/** One trial as it is handed to a worker. */
export interface WorkerTask {
  readonly job: TrialJob;
  readonly port: MessagePort;
  /** Not 0: stop at the next step. */
  readonly stop: Int32Array;
}

const decisionSchema = z.enum(['continue', 'prune']);

// Our own code is on the other side, so this is no outside data.
const start: WorkerStart = workerData;
const index = Atomics.add(start.started, 0, 1);
let engine: Promise<Engine> | undefined;

/** Runs one trial; the engine is opened once and stays warm. */
export default async function work({ job, port, stop }: WorkerTask): Promise<TrialOutcome> {
  engine ??= openEngine(start.options.engine, { threads: start.options.threadsPerWorker });
  const opened = await engine;
  port.postMessage({ kind: 'start', worker: index });
  // A signal whose state is one shared integer: the main thread sets it while this thread is busy training.
  const signal: AbortSignal = Object.create(new AbortController().signal, {
    aborted: { get: () => Atomics.load(stop, 0) !== 0 },
  });
  const decided = (): Promise<RungDecision> =>
    new Promise((resolve) => port.once('message', (answer: unknown) => resolve(decisionSchema.parse(answer))));
  try {
    return await runTrial(
      job,
      { engine: opened, data: start.options.data },
      (rung) => {
        const decision = decided();
        port.postMessage({ kind: 'rung', rung });
        return decision;
      },
      signal,
    );
  } finally {
    port.close();
  }
}
